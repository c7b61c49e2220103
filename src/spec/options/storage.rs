//! Options of what a container keeps and where.

use super::{Completion, Compose, Kind, RunOption, Section};

pub(super) const STORAGE: &[RunOption] = &[
    RunOption {
        name: "volume",
        short: Some('v'),
        section: Section::Storage,
        about: "A volume or a path of the host in the container: source:target[:ro].",
        example: "data:/var/lib/data",
        completion: Completion::Volumes,
        compose: Compose::List("volumes"),
        field: |spec| &spec.volume,
        field_mut: |spec| &mut spec.volume,
        ..RunOption::BASE
    },
    RunOption {
        name: "mount",
        section: Section::Storage,
        about: "A bind, volume, tmpfs or image in the container, said in full.",
        example: "type=bind,source=/srv/www,target=/www,readonly",
        completion: Completion::Volumes,
        compose: Compose::Own("volumes"),
        field: |spec| &spec.mount,
        field_mut: |spec| &mut spec.mount,
        ..RunOption::BASE
    },
    RunOption {
        name: "tmpfs",
        section: Section::Storage,
        about: "A directory in memory: path[:options].",
        example: "/run:size=64m",
        compose: Compose::List("tmpfs"),
        field: |spec| &spec.tmpfs,
        field_mut: |spec| &mut spec.tmpfs,
        ..RunOption::BASE
    },
    RunOption {
        name: "volumes-from",
        section: Section::Storage,
        about: "All mounts of another container: name[:ro].",
        example: "data:ro",
        completion: Completion::Containers,
        compose: Compose::Own("volumes_from"),
        field: |spec| &spec.volumes_from,
        field_mut: |spec| &mut spec.volumes_from,
        ..RunOption::BASE
    },
    RunOption {
        name: "volume-driver",
        section: Section::Storage,
        about: "The driver of volumes that are made for it.",
        example: "local",
        field: |spec| &spec.volume_driver,
        field_mut: |spec| &mut spec.volume_driver,
        ..RunOption::BASE
    },
    RunOption {
        name: "read-only",
        section: Section::Storage,
        kind: Kind::Switch,
        about: "Let it write nowhere but in its mounts.",
        example: "true",
        compose: Compose::Value("read_only"),
        field: |spec| &spec.read_only,
        field_mut: |spec| &mut spec.read_only,
        ..RunOption::BASE
    },
    RunOption {
        name: "shm-size",
        section: Section::Storage,
        kind: Kind::Bytes,
        about: "The size of its /dev/shm; 64m unless said.",
        example: "256m",
        compose: Compose::Value("shm_size"),
        field: |spec| &spec.shm_size,
        field_mut: |spec| &mut spec.shm_size,
        ..RunOption::BASE
    },
    RunOption {
        name: "storage-opt",
        section: Section::Storage,
        about: "An option of the engine's storage driver, as the size of its root.",
        example: "size=10G",
        compose: Compose::Map("storage_opt"),
        check: |text| match text.contains('=') {
            true => Ok(()),
            false => Err(format!("`{text}` is not name=value")),
        },
        field: |spec| &spec.storage_opt,
        field_mut: |spec| &mut spec.storage_opt,
        ..RunOption::BASE
    },
];
