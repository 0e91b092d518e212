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
    private const string NeighborProbe = "The golden capture ends before the router's probe of its neighbour would be in it.";
    private const string FinSample = "Linux takes a rate sample from the acknowledgment of a FIN, which ends `app_limited`; the engine samples data alone.";
    private const string HalfWindow = "On the loopback interface Linux shows a segment size bounded by half of the largest window offered; the lab shows the whole one.";
    private const string ProcessNumber = "The golden run's server had process 2003 though it ran on romeo; the lab counts from 1001 on romeo.";
    private const string LongFinWait = "After a handshake whose round trip was measured as eleven seconds Linux waits in FIN-WAIT-2 for three and a half retransmission timeouts and shows a keep-alive timer; the lab waits `tcp_fin_timeout`.";

    public static readonly KnownDifference[] All =
    [
        new("05b-server-closes-first-slow-link", "^step 14 juliet: golden has 11 frames by now, lab 13$", NeighborProbe),
        new("05b-server-closes-first-slow-link", "^juliet frame 1[23]: only in the lab: .*(Request who-has 10.10.2.100 tell 10.10.2.1|Reply 10.10.2.100 is-at)", NeighborProbe),
        new("06-client-closes-first", "FIN-WAIT-2 .*: golden '', lab 'app_limited'$", FinSample),
        new("07-half-close", "FIN-WAIT-2 .*: golden '', lab 'app_limited'$", FinSample),
        new("10c-syn-blocked-one-host", "(ESTAB|CLOSE-WAIT) .*: golden 'mss:(32768|32741)', lab 'mss:65483'$", HalfWindow),
        new("10c-syn-blocked-one-host", "FIN-WAIT-2 .*: golden 'mss:32768', lab 'mss:65483 app_limited'$", HalfWindow),
        new("11-synack-blocked", "^step 18 romeo `ss .*` row FIN-WAIT-2 .*golden 'timer:\\(keepalive,T,0\\)", LongFinWait),
        new("11-synack-blocked", "^step 18 romeo `ss .*` row timer: golden 57 s, lab 59 s$", LongFinWait),
        new("25-python-loopback", "pid=2003.*pid=1003|golden '2003', lab '1003'", ProcessNumber),
    ];
}
