// SPDX-License-Identifier: Apache-2.0
#include "daemon/control/openapi.hpp"

#include <string_view>

#include "daemon/control/routes.hpp"
#include "daemon/report/json_output.hpp"

namespace taktd::control {
namespace {

constexpr struct {
    std::string_view name, text;
} kShapes[] = {
#include "embedded_shapes.inc"
};

json::string_view view(std::string_view text) { return {text.data(), text.size()}; }

json::object reference(std::string_view kind, const json::value& name) {
    const std::string_view named{name.as_string().data(), name.as_string().size()};
    return {{"$ref", "#/components/" + std::string{kind} + "/" + std::string{named}}};
}

/// The parts of a path that a request fills in, and the parameters that it may have.
json::array parameters_of(std::string_view pattern, const json::object& facts) {
    json::array parameters;
    for (std::size_t open = pattern.find('{'); open != std::string_view::npos; open = pattern.find('{', open + 1)) {
        const std::string_view name = pattern.substr(open + 1, pattern.find('}', open) - open - 1);
        parameters.push_back(json::object{
            {"name", view(name)}, {"in", "path"}, {"required", true}, {"schema", json::object{{"type", "string"}}}});
    }
    if (const json::value* named = facts.if_contains("parameters")) {
        for (const json::value& name : named->as_array()) parameters.push_back(reference("parameters", name));
    }
    return parameters;
}

json::object operation_of(const Route& route) {
    const json::object& facts =
        shapes().at("routes").as_object().at(std::string{route.method} + " " + std::string{route.pattern}).as_object();
    json::object content;
    if (const json::value* shape = facts.if_contains("answer"))
        content["application/json"] = json::object{{"schema", reference("schemas", *shape)}};
    if (const json::value* type = facts.if_contains("text"))
        content[type->as_string()] = json::object{{"schema", json::object{{"type", "string"}}}};
    const json::value* created = facts.if_contains("status");
    const std::string status = created == nullptr ? "200" : std::to_string(created->as_int64());
    json::object problem{{"application/problem+json", json::object{{"schema", reference("schemas", "Problem")}}}};
    json::object operation{
        {"summary", view(route.help)},
        {"parameters", parameters_of(route.pattern, facts)},
        {"responses",
         json::object{{status, json::object{{"description", "done"}, {"content", std::move(content)}}},
                      {"default", json::object{{"description", "not done"}, {"content", std::move(problem)}}}}}};
    if (const json::value* request = facts.if_contains("request")) {
        json::object schema = request->as_object();
        schema["additionalProperties"] = false;
        operation["requestBody"] =
            json::object{{"content", json::object{{"application/json", json::object{{"schema", std::move(schema)}}}}}};
    }
    return operation;
}

std::string in_small_letters(std::string_view method) {
    std::string text;
    for (const char c : method) text += static_cast<char>(c - 'A' + 'a');
    return text;
}

}  // namespace

const json::object& shapes() {
    static const json::value kValue = json::parse(view(kShapes[0].text));
    return kValue.as_object();
}

json::object openapi_document() {
    json::object paths;
    for (const Route& route : routes()) {
        json::value& path = paths[view(route.pattern)];
        if (!path.is_object()) path = json::object{};
        path.as_object()[in_small_letters(route.method)] = operation_of(route);
    }
    json::object parameters;
    for (const auto& [name, facts] : shapes().at("parameters").as_object()) {
        json::object parameter{{"name", name}, {"in", "query"}};
        for (const auto& [member, value] : facts.as_object()) parameter[member] = value;
        parameters[name] = std::move(parameter);
    }
    return {{"openapi", "3.1.0"},
            {"info", json::object{{"title", "taktd"},
                                  {"version", "1"},
                                  {"description", "The control API of taktd; docs/api.md says more."}}},
            {"servers", json::array{json::object{{"url", "http://taktd"}}}},
            {"paths", std::move(paths)},
            {"components", json::object{{"parameters", std::move(parameters)}, {"schemas", shapes().at("schemas")}}}};
}

std::string openapi_text() { return report::indented_json(json::serialize(openapi_document())).value() + "\n"; }

}  // namespace taktd::control
