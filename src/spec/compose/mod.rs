//! A specification as a service of a Compose file, and a service as a specification. Both ways go by
//! the `compose` column of the options table; what has a shape of its own there is in `own`. What
//! one side cannot say is told, never lost silently.

mod own;
mod read;
mod tree;
mod write;

pub use self::read::{Read, read};
pub use self::write::{Written, write};

/// Keys of a service that are this program's words for a run, and no options of it.
const IMAGE: &str = "image";
const COMMAND: &str = "command";

#[cfg(test)]
mod tests {
    use super::super::run_line::parse;
    use super::*;

    fn written(line: &str) -> Written {
        let line = parse(line, &|_| None);
        assert!(line.faults.is_empty(), "{:?}", line.faults);
        write(&line.spec)
    }

    #[test]
    fn a_line_is_a_service() {
        let written = written(
            "docker run -d --rm --name web -p 127.0.0.1:8080:80 -e A=1 -e 'B=$x' -v data:/d \
             --network back --network-alias api --memory 512m --cpus 1.5 --restart on-failure:3 \
             --ulimit nofile=1024:2048 --health-cmd 'curl -f x' --health-interval 30s --init \
             --entrypoint sh --stop-timeout 20 nginx:1.27 -c 'echo hi'",
        );
        let expected = "\
services:
  web:
    image: nginx:1.27
    command:
    - -c
    - echo hi
    container_name: web
    entrypoint:
    - sh
    environment:
      A: \"1\"
      B: $$x
    init: true
    stop_grace_period: 20s
    ports:
    - 127.0.0.1:8080:80
    volumes:
    - data:/d
    mem_limit: 512m
    cpus: \"1.5\"
    ulimits:
      nofile:
        soft: 1024
        hard: 2048
    healthcheck:
      test:
      - CMD-SHELL
      - curl -f x
      interval: 30s
    restart: on-failure:3
    networks:
      back:
        aliases:
        - api
networks:
  back:
    external: true
volumes:
  data:
    name: data
";
        assert_eq!(written.yaml, expected, "{}", written.yaml);
        assert_eq!(written.left.len(), 1, "{:?}", written.left);
        assert!(written.left[0].starts_with("--rm"), "{:?}", written.left);
    }

    #[test]
    fn a_service_as_people_write_it_is_read() {
        let text = "\
services:
  db:
    image: postgres:${TAG:-13}
    command: postgres -c 'max_connections=50'
    restart: unless-stopped
    environment:
      - POSTGRES_PASSWORD=sec$$ret
      - PGDATA
    ports:
      - \"5432:5432\"
      - target: 80
        published: \"8080\"
        host_ip: 127.0.0.1
        protocol: udp
    volumes:
      - db:/var/lib/postgresql/data
      - type: bind
        source: ./init
        target: /docker-entrypoint-initdb.d
        read_only: true
    networks:
      back:
        ipv4_address: 172.20.0.10
    ulimits:
      nproc: 65535
    healthcheck:
      test: [\"CMD\", \"pg_isready\", \"-U\", \"postgres\"]
      interval: 1m30s
      retries: 5
    depends_on: [cache]
    deploy:
      resources:
        limits: {cpus: '0.50', memory: 50M}
    dns: 8.8.8.8
    labels:
      tier: data
volumes:
  db:
";
        let read = read(text).unwrap().unwrap();
        let line = super::super::run_line::print(&read.spec);
        for part in [
            "--restart unless-stopped",
            "-e 'POSTGRES_PASSWORD=sec$ret' -e PGDATA",
            "-p 5432:5432 -p 127.0.0.1:8080:80/udp",
            "-v db:/var/lib/postgresql/data",
            "type=bind",
            "back",
            "ip=172.20.0.10",
            "--ulimit nproc=65535",
            "--health-cmd 'pg_isready -U postgres'",
            "--health-interval 1m30s",
            "--health-retries 5",
            "--memory 50m",
            "--cpus 0.5",
            "--dns 8.8.8.8",
            "--label tier=data",
            "postgres:13 postgres -c max_connections=50",
        ] {
            assert!(line.contains(part), "{part}: {line}");
        }
        let told = read.remarks.join("\n");
        for part in ["depends_on", "${TAG:-13}", "PGDATA"] {
            let expected = part != "PGDATA";
            assert_eq!(told.contains(part), expected, "{part}: {told}");
        }
    }

    #[test]
    fn what_is_no_service_is_not_taken_for_one() {
        assert!(read("A=1\nB=2").is_none());
        assert!(read("hello: world").is_none());
        assert!(read("image of mine").is_none());
        // one that is meant as one and cannot be read says why
        let fault = read("services:\n  web:\n    image: a\n\timage: b\n").unwrap();
        assert!(fault.is_err_and(|fault| fault.contains("line")), "no fault");
        let bomb = "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\n\
                    c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\n\
                    e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e]\n\
                    g: [*f,*f,*f,*f,*f,*f,*f,*f,*f]\nservices: {web: {image: x}}\n";
        assert!(read(bomb).unwrap().is_err(), "it was let through");
    }
}
