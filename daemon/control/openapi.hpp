// SPDX-License-Identifier: Apache-2.0
// The API as a document for programs (OpenAPI 3.1): written from the table of routes and from shapes.json, which has a
// JSON Schema for each shape and what each route takes and answers.
#pragma once

#include <string>

#include <boost/json.hpp>

namespace taktd::control {

namespace json = boost::json;

/// The facts of shapes.json.
const json::object& shapes();
/// Throws std::out_of_range for a route that shapes.json does not know; a test keeps that from being shipped.
json::object openapi_document();
/// As docs/openapi.json has it: indented, with a line feed behind it.
std::string openapi_text();

}  // namespace taktd::control
