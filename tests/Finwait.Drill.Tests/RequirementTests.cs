namespace Finwait.Drill.Tests;

/// <summary>Requirement rows that a script of tests/drill shows as a peer would see them.</summary>
public class RequirementTests
{
    // MAY-2, SHLD-4, SM-SEQ-11, SM-SYN-TW: a SYN that is newer by its timestamp, or by its number, opens a connection out of TIME-WAIT.
    [Theory]
    [InlineData("RFC/6191/time-wait-reuse.pkt")]
    [InlineData("RFC/6191/number-alone.pkt")]
    public void TimeWait_NewerSyn_OpensAgain(string script) => AssertOk(script);

    // X-3042-1: the first two duplicate acknowledgments let one new segment go each, with and without SACK; the congestion window stays.
    [Theory]
    [InlineData("RFC/3042/limited-transmit.pkt")]
    [InlineData("linux/limited-transmit-sack.pkt")]
    public void DuplicateAcknowledgments_FirstTwo_LetNewSegmentsGo(string script) => AssertOk(script);

    // MUST-19: slow start, and a timeout that doubles.
    [Theory]
    [InlineData("linux/slow-start-ack-per-1pkt.pkt")]
    [InlineData("linux/slow-start-ack-per-2pkt.pkt")]
    [InlineData("RFC/6298/backoff-to-the-end.pkt")]
    public void SlowStartAndBackOff_AreThere(string script) => AssertOk(script);

    // X-7413-1: cookies are asked for, given, checked and refused; text of a SYN is taken, sent again, or follows the plain handshake after a timeout.
    [Theory]
    [InlineData("RFC/7413/client-cookie-request.pkt")]
    [InlineData("RFC/7413/client-data-not-acked.pkt")]
    [InlineData("RFC/7413/client-partial-ack.pkt")]
    [InlineData("RFC/7413/client-syn-timeout.pkt")]
    [InlineData("RFC/7413/server-bad-cookie.pkt")]
    [InlineData("RFC/7413/server-cookie.pkt")]
    [InlineData("RFC/7413/server-data.pkt")]
    [InlineData("RFC/7413/server-queue-limit.pkt")]
    public void FastOpen_OnTheWire_IsRfc7413(string script) => AssertOk(script);

    private static void AssertOk(string script)
    {
        foreach (string version in Own.VersionsOf(script))
        {
            Assert.Equal($"{script}: ok", Own.Run(script, Own.Read(script), version).ToString());
        }
    }
}
