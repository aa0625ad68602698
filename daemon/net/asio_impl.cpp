// SPDX-License-Identifier: Apache-2.0
// The one place where Asio and its TLS part are compiled (BOOST_ASIO_SEPARATE_COMPILATION); everybody else sees
// declarations.
#include <boost/asio/impl/src.hpp>
#include <boost/asio/ssl/impl/src.hpp>
