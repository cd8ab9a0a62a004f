# `cpack -G DEB` in the build folder makes two packages: handlens, the program, and handlens-dev, the libraries.
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/handlens RENAME copyright COMPONENT debian EXCLUDE_FROM_ALL)
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/handlens-dev RENAME copyright COMPONENT debian_development
        EXCLUDE_FROM_ALL)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME handlens)
set(CPACK_PACKAGE_VENDOR "handlens developers")
set(CPACK_PACKAGE_CONTACT "handlens developers <handlens@example.org>")
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "explains why TCP and TLS handshakes failed")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_COMPONENTS_ALL program debian development debian_development)
set(CPACK_COMPONENTS_GROUPING ONE_PER_GROUP)
set(CPACK_COMPONENT_PROGRAM_GROUP program)
set(CPACK_COMPONENT_DEBIAN_GROUP program)
set(CPACK_COMPONENT_DEVELOPMENT_GROUP development)
set(CPACK_COMPONENT_DEBIAN_DEVELOPMENT_GROUP development)

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_NAME handlens)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SHLIBDEPS ON)
set(CPACK_COMPONENT_PROGRAM_DESCRIPTION
    "handlens reads packet captures (pcap, pcapng) and says, for every TCP
connection, how far the TCP and TLS handshake came, who ended it, how sure
that is, and from which packets one can tell.")
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME handlens-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS
    "libpcap-dev, libssl-dev (>= 3.0), zlib1g-dev, libzstd-dev, liblz4-dev, libfmt-dev, nlohmann-json3-dev, pkg-config")
set(CPACK_COMPONENT_DEVELOPMENT_DESCRIPTION
    "The static libraries of handlens with their headers and CMake package:
dissectors, engine, capture reading and record output.")
include(CPack)
