//! Tests of upgrades as plans.

use super::*;
use crate::spec::renewal::Anonymous;
use crate::spec::run_line::parse;

const PACE: Pace = Pace {
    stop: Grace::For(Duration::from_secs(10)),
    prove: Duration::from_secs(5),
};

fn survey(line: &str) -> Survey {
    Survey {
        spec: parse(line, &|_| None).spec,
        image: "app:1".into(),
        old_image: "sha256:old".into(),
        new_image: "sha256:new".into(),
        ..Survey::default()
    }
}

fn lines(plan: &Plan) -> Vec<String> {
    let steps = plan.steps.iter();
    steps.map(|step| step.deed.docker_line()).collect()
}

/// What undoes a plan that failed after its first steps.
fn undone(plan: &Plan, begun: usize) -> Vec<String> {
    let steps = plan.steps.iter().take(begun).rev();
    steps
        .flat_map(|step| &step.undo)
        .map(Deed::docker_line)
        .collect()
}

#[test]
fn an_old_name_tells_all_that_is_needed() {
    for (policy, told) in [
        ("no", "web.pilothouse-old-no"),
        ("always", "web.pilothouse-old-always"),
        ("unless-stopped", "web.pilothouse-old-unless-stopped"),
        ("on-failure", "web.pilothouse-old-on-failure"),
        ("on-failure:3", "web.pilothouse-old-on-failure-3"),
    ] {
        let kept = Kept {
            name: "web".into(),
            restart: policy.parse().unwrap(),
        };
        assert_eq!(kept.told(), told);
        assert_eq!(Kept::read(told), Some(kept));
    }
    for other in [
        "web",
        "web.pilothouse-old-",
        "web.pilothouse-old-x",
        ".pilothouse-old-no",
    ] {
        assert!(
            Kept::read(other).is_none_or(|kept| kept.restart.is_no()),
            "{other}"
        );
    }
    assert_eq!(Kept::read("web.pilothouse-old-odd"), None);
}

#[test]
fn the_old_one_stays_until_the_new_one_is_proved() {
    let mut survey = survey(
        "docker run --name web --restart always -v /data --network a --network \
         name=b,alias=x,ip=10.0.0.9 app:1",
    );
    survey.anonymous.push(Anonymous {
        target: "/data".into(),
        volume: "f00".into(),
    });
    let plan = upgrade(&survey, &Id::new("1"), PACE);
    let old = "web.pilothouse-old-always";
    assert_eq!(
        lines(&plan),
        [
            "docker rename web web.pilothouse-old-always",
            "docker update --restart no web.pilothouse-old-always",
            "docker create --name web --network a -v f00:/data --restart always app:1",
            "docker network connect --ip 10.0.0.9 --alias x b web",
            "docker stop -t 10 web.pilothouse-old-always",
            "docker start web",
            "# wait until web is healthy, or has run for 5 s",
            "docker rm -f web.pilothouse-old-always",
        ]
        .map(str::to_owned)
    );
    assert_eq!(
        undone(&plan, 7),
        [
            "docker stop -t 10 web".to_owned(),
            format!("docker start {old}"),
            "docker rm -f -v web".to_owned(),
            format!("docker update --restart always {old}"),
            format!("docker rename {old} web"),
        ]
    );
    assert_eq!(plan.sure, Some(7));
}

#[test]
fn an_engine_that_changes_no_policy_is_not_asked_to() {
    let mut survey = survey("docker run --name web --restart always app:1");
    survey.policy_stays = true;
    let plan = upgrade(&survey, &Id::new("1"), PACE);
    let rest = [
        "docker create --name web --restart always app:1",
        "docker stop -t 10 web.pilothouse-old-always",
        "docker start web",
        "# wait until web is healthy, or has run for 5 s",
        "docker rm -f web.pilothouse-old-always",
    ];
    assert_eq!(
        lines(&plan)[0],
        "docker rename web web.pilothouse-old-always"
    );
    assert_eq!(lines(&plan)[1..], rest);
    let kept = Kept::read("web.pilothouse-old-always").unwrap();
    assert_eq!(lines(&finish(&survey, &Id::new("1"), &kept, PACE)), rest);
}

#[test]
fn an_upgrade_is_finished_or_undone_from_what_is_there() {
    let mut survey = survey("docker run --name web.pilothouse-old-on-failure-2 app:1");
    let kept = Kept::read("web.pilothouse-old-on-failure-2").unwrap();
    let (old, new) = (Id::new("1"), Id::new("2"));
    survey.rival = Some((new.clone(), true));
    let plan = finish(&survey, &old, &kept, PACE);
    assert_eq!(
        lines(&plan)[1],
        "docker rm -f web.pilothouse-old-on-failure-2"
    );
    survey.rival = Some((new.clone(), false));
    let plan = lines(&finish(&survey, &old, &kept, PACE));
    assert_eq!(plan[0], "docker rm -f -v web");
    assert_eq!(
        plan[2],
        "docker create --name web --restart on-failure:2 app:1"
    );
    survey.rival = None;
    let plan = lines(&finish(&survey, &old, &kept, PACE));
    assert_eq!(
        plan[1],
        "docker create --name web --restart on-failure:2 app:1"
    );
    assert_eq!(
        lines(&undo(&old, &kept, Some(&new))),
        [
            "docker rm -f -v web",
            "docker update --restart on-failure:2 web.pilothouse-old-on-failure-2",
            "docker start web.pilothouse-old-on-failure-2",
            "docker rename web.pilothouse-old-on-failure-2 web",
        ]
    );
}

#[test]
fn one_that_goes_when_it_ends_comes_back_from_its_specification() {
    let survey = survey("docker run --rm --name job app:1 work");
    let plan = from_specification(&survey, &Id::new("1"), PACE);
    assert_eq!(
        lines(&plan),
        [
            "docker create --name job.pilothouse-new --rm app:1 work",
            "docker stop -t 10 job",
            "# wait until job is removed",
            "docker rename job.pilothouse-new job",
            "docker start job",
            "# wait until job is healthy, or has run for 5 s",
        ]
    );
    assert_eq!(
        undone(&plan, 6),
        [
            "docker rm -f -v job",
            "# wait until job is removed",
            "docker rename job job.pilothouse-new",
            "docker create --name job --rm sha256:old work",
            "docker start job",
            "docker rm -f -v job.pilothouse-new",
        ]
    );
}
