//! A new container: its image is pulled when it is missing, it is made, joined to further
//! networks, and started. What could not be started is removed again, so that its name is free for
//! another try.

use crate::protocol::{Change, Command, Deed, Follow, Plan, Step};
use crate::spec::RunSpec;

/// The plan for a specification; `console` is the size of the terminal here, as rows and columns.
pub fn run(spec: &RunSpec, console: (u16, u16)) -> Plan {
    let mut plan = Plan {
        stands: "nothing of it was left behind but the image".to_owned(),
        ..Plan::default()
    };
    let name = spec.name.clone().unwrap_or_default();
    if spec.pull.as_deref() != Some("never") {
        let pull = Change::Pull {
            image: spec.image.clone(),
            platform: spec.platform.clone(),
            always: spec.pull.as_deref() == Some("always"),
            quiet: spec.quiet == Some(true),
        };
        plan.add(Step::new(Deed::new(Command::Change(pull), &spec.image)));
    }
    let create = Change::Create {
        spec: Box::new(spec.clone()),
        console,
    };
    let create = Step::new(Deed::new(Command::Change(create), &name));
    let made = plan.steps.len();
    let remove = Command::Remove {
        id: Deed::unknown(),
        force: true,
        volumes: true,
    };
    plan.add(create.undo(Deed::new(remove, &name).on(made)));
    if !spec.only_create {
        let start = match spec.is_followed() {
            true => Command::Change(Change::Follow(Follow {
                id: Deed::unknown(),
                streams: spec.attach.clone(),
                tty: spec.tty == Some(true),
                input: spec.wants_terminal(),
                detach_keys: spec.detach_keys.clone(),
                removes: spec.rm == Some(true),
            })),
            false => Command::Start(Deed::unknown()),
        };
        plan.add(Step::new(Deed::new(start, &name).on(made)));
    }
    plan
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(spec: &RunSpec) -> Vec<String> {
        let steps = run(spec, (0, 0)).steps;
        steps.iter().map(|step| step.deed.docker_line()).collect()
    }

    #[test]
    fn an_image_is_pulled_a_container_made_and_started() {
        let mut spec = RunSpec {
            image: "nginx".into(),
            name: Some("web".into()),
            detach: Some(true),
            ..RunSpec::default()
        };
        let create = "docker create --name web nginx";
        assert_eq!(
            lines(&spec),
            ["docker pull nginx", create, "docker start web"]
        );
        let plan = run(&spec, (0, 0));
        let undo = &plan.steps[1].undo;
        assert_eq!(undo[0].docker_line(), "docker rm -f -v web");
        assert_eq!(undo[0].on, Some(1));
        spec.detach = None;
        assert_eq!(lines(&spec)[2], "docker start -a web");
        spec.interactive = Some(true);
        assert_eq!(lines(&spec)[2], "docker start -ai web");
        spec.interactive = None;
        spec.pull = Some("never".into());
        spec.only_create = true;
        assert_eq!(
            lines(&spec),
            ["docker create --name web --pull never nginx"]
        );
    }
}
