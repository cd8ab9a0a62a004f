# What `cmake --install` puts where. Components: `program` is what users need, `development` is the libraries with their
# headers and CMake package, `local` and `debian`
# are what only this way of installing, and only a Debian package, has.
include(CMakePackageConfigHelpers)

install(TARGETS handlens RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT program)
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT local)

# The program writes its own manual page and completions. One that is built for another machine cannot be asked.
if(NOT CMAKE_CROSSCOMPILING AND NOT HANDLENS_FUZZ)
  set(generated ${CMAKE_BINARY_DIR}/generated)
  add_custom_command(
    OUTPUT ${generated}/handlens.1 ${generated}/handlens.bash ${generated}/_handlens ${generated}/handlens.fish
    COMMAND ${CMAKE_COMMAND} -E make_directory ${generated}
    COMMAND handlens man > ${generated}/handlens.1
    COMMAND handlens completion bash > ${generated}/handlens.bash
    COMMAND handlens completion zsh > ${generated}/_handlens
    COMMAND handlens completion fish > ${generated}/handlens.fish
    DEPENDS handlens
    VERBATIM)
  add_custom_target(handlens_generated ALL DEPENDS ${generated}/handlens.1)
  install(FILES ${generated}/handlens.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT program)
  install(FILES ${generated}/handlens.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME handlens
          COMPONENT program)
  install(FILES ${generated}/handlens.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d COMPONENT program)
  install(FILES ${generated}/_handlens DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions COMPONENT local)
  # Debian keeps site-functions for the administrator.
  install(FILES ${generated}/_handlens DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions COMPONENT debian
          EXCLUDE_FROM_ALL)
endif()

# handlens_dissectors is handlens::dissectors to those who link it.
set(libraries handlens_options handlens_dissectors handlens_core handlens_capture handlens_output)
foreach(library IN LISTS libraries)
  string(REPLACE "handlens_" "" name ${library})
  set_target_properties(${library} PROPERTIES EXPORT_NAME ${name})
endforeach()
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/handlens)
install(TARGETS ${libraries} EXPORT handlensTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development)
if(HANDLENS_LTO AND CMAKE_OBJCOPY)
  # What is left for a later optimisation only this very compiler can read; others would stop at it.
  list(REMOVE_ITEM libraries handlens_options)  # which is no file
  foreach(library IN LISTS libraries)
    set(folder ${CMAKE_INSTALL_LIBDIR})
    if(NOT IS_ABSOLUTE ${folder})
      set(folder "\${CMAKE_INSTALL_PREFIX}/${folder}")
    endif()
    install(CODE "execute_process(COMMAND \"${CMAKE_OBJCOPY}\" --wildcard --remove-section=.gnu.lto_* --remove-section=.gnu.debuglto_*
      \"\$ENV{DESTDIR}${folder}/$<TARGET_FILE_NAME:${library}>\" COMMAND_ERROR_IS_FATAL ANY)"
            COMPONENT development)
  endforeach()
endif()
install(EXPORT handlensTargets NAMESPACE handlens:: DESTINATION ${package_dir} COMPONENT development)
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/handlensConfig.cmake.in ${CMAKE_BINARY_DIR}/handlensConfig.cmake
                              INSTALL_DESTINATION ${package_dir} NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(${CMAKE_BINARY_DIR}/handlensConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/handlensConfig.cmake ${CMAKE_BINARY_DIR}/handlensConfigVersion.cmake
        DESTINATION ${package_dir} COMPONENT development)
# Below include/handlens the folders are those of the repository, so that an include line is the same path in both.
foreach(folder dissectors src)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/${folder} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/handlens COMPONENT development
          FILES_MATCHING PATTERN *.h PATTERN ${folder}/app EXCLUDE)
endforeach()
