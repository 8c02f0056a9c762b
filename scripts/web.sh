# Shared by the scripts: building the app for browsers, in web/. The plugin's build needs none of it.
# shellcheck shell=bash disable=SC2034

packages_web=(nodejs npm)
packages_browser=(chromium)

# fetch_web_packages WHAT: npm's packages that web/package-lock.json names, for "run" those without
# which the app can't be built, for "all" those of its tests, too. Nothing is asked of the network once they are there.
fetch_web_packages()
{
    alone npm fetch_web_packages_now "$1"
}

fetch_web_packages_now()
{
    local omit=() stamp=web/node_modules/.fetched

    if [ web/package-lock.json -nt "$stamp" ] || { [ "$1" = all ] && [ "$(cat "$stamp")" != all ]; }; then
        [ "$1" = all ] || omit=(--omit=dev)
        (cd web && npm ci --silent "${omit[@]}" </dev/null) || return
        echo "$1" >"$stamp"
    fi
}

# Build the app and fetch what its tests need, a browser among it.
prepare_web_tests()
{
    install_packages "${packages_browser[@]}"
    build_web || die "the app can't be built"
    fetch_web_packages all || die "npm could not fetch the packages of web"
}

# Bring build/web up to date; in the usual case, that it is, look at the times of files alone. Fails, and
# says why, where the packages can't be had.
build_web()
{
    alone web build_web_now
}

build_web_now()
{
    local sources=(web/src web/static web/index.html web/build.mjs web/package-lock.json)

    if [ -e build/web/.built ] && [ -z "$(find "${sources[@]}" -newer build/web/.built -print -quit)" ]; then
        return
    fi
    node_there || install_packages "${packages_web[@]}"
    if ! fetch_web_packages run; then
        echo "The packages of the app can't be fetched with npm, so there is no app this time." >&2
        return 1
    fi
    node web/build.mjs build/web || die "the app could not be built"
    touch build/web/.built
}
