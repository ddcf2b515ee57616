// Asio's own sources, compiled here once (BOOST_ASIO_SEPARATE_COMPILATION) rather
// than in each unit that includes a header of it.

#include <boost/asio/impl/src.hpp>
