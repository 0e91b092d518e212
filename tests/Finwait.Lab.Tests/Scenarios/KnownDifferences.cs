using System.Text.RegularExpressions;

namespace Finwait.Lab.Tests;

/// <summary>A difference from a golden run that is there for a reason. The reason stands in docs/differences-from-linux.md too.</summary>
internal sealed record KnownDifference(string Scenario, string Pattern, string Why)
{
    public bool Matches(string difference) => Regex.IsMatch(difference, Pattern, RegexOptions.CultureInvariant);
}

/// <summary>All of them. A difference that is not here fails the tests, and so does an entry that is no longer needed.</summary>
internal static class KnownDifferences
{
    private const string NeighborProbe = "The golden router was of the same kernel as the hosts: a segment whose sender had just heard from the other side carried that knowledge with it, and the router took it for news of its own neighbour; the lab's router is a machine of its own and probes.";
    private const string HalfWindow = "On the loopback interface Linux shows a segment size bounded by half of the largest window offered; the lab shows the whole one.";
    private const string ProcessNumber = "The golden runs give a program one number, however often it was started (the server of 25 has 2003, though it ran on romeo); in the lab process numbers rise, on romeo from 1001 on.";
    private const string LongFinWait = "After a handshake whose round trip was measured as eleven seconds Linux waits in FIN-WAIT-2 for three and a half retransmission timeouts and shows a keep-alive timer; the lab waits `tcp_fin_timeout`.";

    private const string Crossing = "Acknowledgments and segments cross within microseconds: on the golden machine one processor ran both hosts in turn and a call held its socket while answers came in; in the lab a frame takes 20 µs and a call no time, so that as many segments leave in another order.";
    private const string Backlog = "On the golden machine the answer to a window update came while the reading call still held the socket: the segments were taken in one go, acknowledged late, and the window grew less.";
    private const string SendMemory = "Linux counts the memory of the packets that wait to be sent, the lab their octets: a blocked sendall() hands over its rest at another moment.";
    private const string TableRead = "The golden run's socket tables were read one after the other while the last segments arrived.";

    public static readonly KnownDifference[] All =
    [
        new("04b-send-100kB", "^(romeo|juliet) frame .*only in", Crossing),
        new("04b-send-100kB", "^(romeo|juliet) frame 75 time", Crossing),
        new("04c-send-100kB-small-buffer", "^step 1[2345] (romeo|juliet)", Backlog),
        new("04c-send-100kB-small-buffer", "^(romeo|juliet) frame .*only in", Backlog),
        new("04c-send-100kB-small-buffer", "^(romeo|juliet) frame (33|57|66|67|71|72|75|78) time", Backlog),
        new("04d-send-100kB-slow-link", "^step (8|9|10) romeo .* ESTAB ", SendMemory),
        new("04d-send-100kB-slow-link", "^step 11 (romeo: golden has 86 frames|juliet .* ESTAB )", SendMemory),
        new("04d-send-100kB-slow-link", "^(romeo frame 88|juliet frame 80) time", SendMemory),
        new("04d-send-100kB-slow-link", "^step 15 juliet `ss -tano?` row ESTAB 0 0 ", TableRead),
        new("04d-send-100kB-slow-link", "^romeo frame (5|6|7)\\d: only in .* ack (18825|20273|21721|23169|24617|26065|27513|28961), win", Crossing),
        new("05b-server-closes-first-slow-link", "^step 14 juliet: golden has 11 frames by now, lab 13$", NeighborProbe),
        new("05b-server-closes-first-slow-link", "^juliet frame 1[23]: only in the lab: .*(Request who-has 10.10.2.100 tell 10.10.2.1|Reply 10.10.2.100 is-at)", NeighborProbe),
        new("10c-syn-blocked-one-host", "(ESTAB|CLOSE-WAIT|FIN-WAIT-2) .*: golden 'mss:(32768|32741)', lab 'mss:65483'$", HalfWindow),
        new("11-synack-blocked", "^step 18 romeo `ss .*` row FIN-WAIT-2 .*golden 'timer:\\(keepalive,T,0\\)", LongFinWait),
        new("11-synack-blocked", "^step 18 romeo `ss .*` row timer: golden 57 s, lab 59 s$", LongFinWait),
        new("16-last-ack-blocked", "^step (15|16|17|18|19|20) romeo: golden has \\d+ frames by now, lab \\d+$", NeighborProbe),
        new("16-last-ack-blocked", "^romeo frame 2[01]: only in the lab: .*(Request who-has 10.10.1.100 tell 10.10.1.1,|Reply 10.10.1.100 is-at)", NeighborProbe),
        new("19a-fast-retransmit-sack", "^step 9 romeo `ss -tano?` row ESTAB 0 42512 .*golden '42512', lab '16448'$", TableRead),
        new("19b-fast-retransmit-no-sack", "^step 9 juliet `ss -tano` row ESTAB 51100 0 .*golden '51100', lab '35040'$", TableRead),
        new("19c-rto-backoff", "^step (18|19|20|21|22) juliet: golden has \\d+ frames by now, lab \\d+$", NeighborProbe),
        new("19c-rto-backoff", "^juliet frame 1[67]: only in the lab: .*(Request who-has 10.10.2.100 tell 10.10.2.1,|Reply 10.10.2.100 is-at)", NeighborProbe),
        new("24-nc-session", "pid=([12])002.*pid=\\1\\d{3},|golden '([12])002', lab '\\2\\d{3}'$", ProcessNumber),
        new("25-python-loopback", "pid=2003.*pid=100[46],|golden '2003', lab '100[46]'$", ProcessNumber),
    ];
}
