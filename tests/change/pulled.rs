//! An upgrade to an image that somebody pushed to a registry which wants a password: it comes by the
//! key alone, and all that the container was made with stays.

use super::upgrade::{Image, LONG, SETTINGS, cmd, is_alone};
use super::{Lab, docker, field, said, subnet};
use crate::pty::Start;
use crate::pty::registry::Registry;

/// Where its volumes are: without a name, with one, of its image's wish.
const PLACES: [&str; 3] = ["/data", "/named", "/of-image"];

/// What has to be the same of a container before and after, whatever image it is of. A volume
/// without a name has the one that it was given.
fn kept(web: &str, image: &str) -> String {
    let told: serde_json::Value = serde_json::from_str(&said(&["inspect", web])).unwrap();
    let told = &told[0];
    let list = |value: &serde_json::Value| value.as_array().unwrap().clone();
    let id = told["Id"].as_str().unwrap();
    let mut host = told["HostConfig"].clone();
    host["Binds"] = serde_json::Value::Null;
    let mut volumes: Vec<_> = list(&told["Mounts"])
        .iter()
        .map(|mount| format!("{} {}", mount["Name"], mount["Destination"]))
        .collect();
    volumes.sort();
    let of_image = said(&["image", "inspect", "-f", "{{json .Config.Env}}", image]);
    let mut env = list(&told["Config"]["Env"]);
    env.retain(|variable| !of_image.contains(variable.as_str().unwrap()));
    let networks = told["NetworkSettings"]["Networks"].as_object().unwrap();
    let networks: Vec<_> = networks
        .iter()
        .map(|(name, endpoint)| {
            let mut aliases = list(&endpoint["Aliases"]);
            aliases.retain(|alias| !id.starts_with(alias.as_str().unwrap()));
            format!("{name} {aliases:?} {}", endpoint["IPAMConfig"])
        })
        .collect();
    let mine = &told["Config"]["Labels"]["mine"];
    format!(
        "{} {host} {volumes:?} {env:?} {networks:?} {mine}",
        told["Name"]
    )
}

/// A container with options of every sort.
fn container(lab: &Lab, image: &str) -> String {
    let part = subnet();
    let one = lab.network("one", &format!("{part}.0/24"));
    let two = lab.network("two", &format!("{}.0/24", subnet()));
    let named = lab.volume("named");
    let options = format!(
        "--restart on-failure:4 -v /data -v {named}:/named -e MINE=1 --memory 64m --network {one} \
         --ip {part}.9 --network-alias api -p 127.0.0.1::80 --label mine=1 --cap-drop ALL \
         --hostname own --ulimit nofile=512:600 {image}"
    );
    let options: Vec<&str> = options.split_whitespace().collect();
    let (web, output) = lab.try_run("web", &options);
    assert!(output.status.success(), "{output:?}");
    said(&["network", "connect", "--alias", "second", &two, &web]);
    for place in PLACES {
        said(&["exec", &web, "sh", "-c", &format!("echo saved >{place}/x")]);
    }
    web
}

#[test]
fn a_newer_image_is_pulled_with_its_password_and_all_else_stays() {
    let name = "a_newer_image_is_pulled";
    let (Some(lab), Some(registry)) = (Lab::open(name), Registry::open(name)) else {
        return;
    };
    let lines = |more: &str| format!("{more} KEPT=1\nVOLUME /of-image\n{}", cmd());
    let tag = format!("{}/{}:1", registry.at, lab.name("app"));
    let image = Image::called(tag, &lab, &lines("ENV FROM=old"));
    registry.push(&image.name);
    let old = image.id();
    let web = container(&lab, &image.name);
    let before = kept(&web, &old);
    // somebody elsewhere pushes a newer one: the engine has nothing of it
    image.build(&lines("RUN echo new >/came\nENV FROM=new"));
    registry.push(&image.name);
    let new = image.id();
    said(&["rmi", &image.name]);
    said(&["tag", &old, &image.name]);
    assert!(!docker(&["image", "inspect", &new]).status.success());

    let begin = Start::new(&[]).config(SETTINGS);
    registry.login(&begin.home().join(".docker"));
    let mut terminal = lab.look_with(begin, &web);
    terminal.keys("U");
    terminal.wait(&format!("Upgrade {web}?"));
    terminal.wait("env FROM: old → new");
    terminal.wait("Volumes without a name are kept");
    let text = terminal.text();
    assert!(!text.contains("not reached"), "{text}");
    assert_eq!(field(&web, "{{.Image}}"), old);
    terminal.keys("y");
    terminal.wait_within(LONG, "the new one", |seen| seen.shows("has run for 2 s"));
    terminal.wait("ended");

    let state = field(&web, "{{.Image}} {{.State.Running}}");
    assert_eq!(state, format!("{new} true"));
    assert_eq!(kept(&web, &new), before);
    is_alone(&lab, &web);
    let env = field(&web, "{{json .Config.Env}}");
    let has = |variable: &str| env.contains(variable);
    assert!(
        has("FROM=new") && has("MINE=1") && !has("FROM=old"),
        "{env}"
    );
    assert_eq!(said(&["exec", &web, "cat", "/came"]), "new");
    for place in PLACES {
        assert_eq!(said(&["exec", &web, "cat", &format!("{place}/x")]), "saved");
    }
    let seen = Registry::leaks(&terminal.seen().bytes);
    assert!(
        !seen && !Registry::leaks(terminal.log().as_bytes()),
        "the password"
    );
    terminal.keys("q");
    terminal.quit();
}
