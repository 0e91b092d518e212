namespace Finwait.Lab;

/// <summary>What <c>ss -h</c> and <c>ss -V</c> print.</summary>
internal static class SsUsage
{
    internal const string Version = "ss utility, Finwait (text as of iproute2-6.1.0)\n";

    internal const string Text = """
        Usage: ss [ OPTIONS ] [ FILTER ]
           -h, --help          this message
           -V, --version       output version information
           -n, --numeric       don't resolve service names
           -r, --resolve       resolve host names
           -a, --all           display all sockets
           -l, --listening     display listening sockets
           -o, --options       show timer information
           -e, --extended      show detailed socket information
           -m, --memory        show socket memory usage
           -p, --processes     show process using socket
           -T, --threads       show thread using socket
           -i, --info          show internal TCP information
               --tos           show tos and priority information
               --cgroup        show cgroup information
               --inet-sockopt  show various inet socket options
           -s, --summary       show socket usage summary
           -4, --ipv4          display only IP version 4 sockets
           -6, --ipv6          display only IP version 6 sockets
           -t, --tcp           display only TCP sockets
           -u, --udp           display only UDP sockets
           -w, --raw           display only RAW sockets
           -f, --family=FAMILY display sockets of type inet, inet6
           -A, --query=QUERY   QUERY := {all|inet|tcp|udp|raw}[,QUERY]
           -K, --kill          end sockets, show which were ended
           -F, --filter=FILE   read the filter from a file
           -H, --no-header     suppress header line
           -O, --oneline       socket's data printed on a single line

           FILTER := [ state STATE-FILTER ] [ EXPRESSION ]
           STATE-FILTER := {all|connected|synchronized|bucket|big|TCP-STATES}
             TCP-STATES := {established|syn-sent|syn-recv|fin-wait-{1,2}|time-wait|closed|close-wait|last-ack|listening|closing}
           EXPRESSION := {src|dst} HOST[/PREFIX][:PORT] | {sport|dport} [=|!=|<|>|<=|>=] :PORT
                         joined by and, or, not, ( )

        """;
}
