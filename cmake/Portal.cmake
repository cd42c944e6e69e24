# braid_portal: the portal's files (web/dist), compressed and linked in, behind portal_files() of api/portal/portal.h.
# Built again only when something under web/ changes. With BRAID_PORTAL=OFF the table is empty, and the front page says so.
option(BRAID_PORTAL "build the portal (web/) into the binary; needs Node 18 or later and npm" ON)

set(portal_out ${CMAKE_BINARY_DIR}/portal)
set(portal_web ${CMAKE_SOURCE_DIR}/web)
if(BRAID_FUZZ OR NOT EXISTS ${portal_web}/package.json)
  set(BRAID_PORTAL OFF)
endif()
if(BRAID_PORTAL)
  # Never the folder itself: node_modules has tens of thousands of files.
  file(GLOB portal_sources CONFIGURE_DEPENDS ${portal_web}/*.json ${portal_web}/*.html ${portal_web}/*.ts ${portal_web}/*.mjs)
  file(GLOB_RECURSE portal_more CONFIGURE_DEPENDS ${portal_web}/src/* ${portal_web}/public/* ${portal_web}/scripts/*)
  # What a build writes into the sources (types from the API's description) is no reason for another build.
  list(FILTER portal_more EXCLUDE REGEX "/src/api/schema\\.ts$|\\.(test|spec)\\.")
  add_custom_command(
    OUTPUT ${portal_out}/portal_files.S ${portal_out}/portal_files.cc
    COMMAND ${CMAKE_SOURCE_DIR}/tools/build_portal.sh ${portal_web} ${portal_out}
    DEPENDS ${portal_sources} ${portal_more} ${CMAKE_SOURCE_DIR}/tools/build_portal.sh ${CMAKE_SOURCE_DIR}/tools/embed_portal.mjs
    COMMENT "the portal"
    VERBATIM)
  add_library(braid_portal STATIC ${portal_out}/portal_files.S ${portal_out}/portal_files.cc)
else()
  file(CONFIGURE OUTPUT ${portal_out}/no_portal.cc CONTENT "// BRAID_PORTAL=OFF\n#include \"api/portal/portal.h\"\nnamespace braid::api {\nconst std::vector<PortalFile>& portal_files() {\n  static const std::vector<PortalFile> none;\n  return none;\n}\n}\n")
  add_library(braid_portal STATIC ${portal_out}/no_portal.cc)
endif()
target_include_directories(braid_portal PRIVATE ${CMAKE_SOURCE_DIR}/src)
