namespace Finwait.Tcp.Tests;

/// <summary>Closing (RFC 9293 §3.6, figures 12 and 13), with every loss.</summary>
public sealed class CloseScenarioTests
{
    // SM-SC-7 (figure 12)
    [Theory, OnEveryWire]
    public void Close_OneAfterTheOther_FourSegmentsAndTimeWaitOnTheActiveCloser(string wire)
    {
        TwoHostLab lab = Connected(wire);
        int start = lab.Trace.Length;
        lab.A.Tcp.Close(lab.Now);
        lab.RunFor(TimeSpan.FromMilliseconds(500));
        Assert.Equal((TcpState.FinWait2, TcpState.CloseWait), (lab.A.State, lab.B.State));
        lab.B.Tcp.Close(lab.Now);
        lab.RunFor(TimeSpan.FromMilliseconds(500));
        Assert.Equal(lab.OnThisWire("""
            1.000 A > B [F.] seq 1001 ack 5001 win 502
            1.014 B > A [.] seq 5001 ack 1002 win 510
            1.500 B > A [F.] seq 5001 ack 1002 win 510
            1.510 A > B [.] seq 1002 ack 5002 win 502

            """), lab.Trace[start..]);
        Assert.Equal((TcpState.TimeWait, TcpState.Closed), (lab.A.State, lab.B.State));
        lab.RunFor(TimeSpan.FromSeconds(60));
        Assert.Equal((TcpState.Closed, TcpState.Closed), (lab.A.State, lab.B.State));
    }

    // SM-SC-7: the passive side closes the moment it hears the FIN: three segments.
    [Theory, OnEveryWire]
    public void Close_AnsweredAtOnce_ThreeSegments(string wire)
    {
        TwoHostLab lab = Connected(wire);
        int start = lab.Trace.Length;
        lab.A.Tcp.Close(lab.Now);
        lab.RunFor(TimeSpan.FromMilliseconds(10));
        lab.B.Tcp.Close(lab.Now);
        lab.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal(lab.OnThisWire("""
            1.000 A > B [F.] seq 1001 ack 5001 win 502
            1.010 B > A [F.] seq 5001 ack 1002 win 510
            1.020 A > B [.] seq 1002 ack 5002 win 502

            """), lab.Trace[start..]);
        Assert.Equal((TcpState.TimeWait, TcpState.Closed), (lab.A.State, lab.B.State));
    }

    // SM-SC-7: each segment of the close lost, alone and in pairs. The last acknowledgment too: then the FIN comes again and is answered in TIME-WAIT.
    [Theory, OnEveryWire]
    public void Close_AnySegmentsLost_EndsInClosedWithTimeWaitOnTheActiveCloserOnly(string wire)
    {
        for (int a = 3; a <= 6; a++)
        {
            for (int b = 2; b <= 6; b++)
            {
                TwoHostLab lab = new(wire: wire) { DropFromA = { a, a + 1 }, DropFromB = { b } };
                lab.Connect();
                lab.A.SendPattern(10);
                lab.A.Tcp.ShutdownSend(lab.Now);
                lab.RunFor(TimeSpan.FromSeconds(20));
                Assert.True((TcpState.FinWait2, TcpState.CloseWait) == (lab.A.State, lab.B.State), lab.Trace);
                Assert.Equal(10, lab.B.ReadPattern());
                lab.B.Tcp.Close(lab.Now);
                lab.RunFor(TimeSpan.FromSeconds(20));
                Assert.True((TcpState.TimeWait, TcpState.Closed) == (lab.A.State, lab.B.State), lab.Trace);
                lab.A.Tcp.Close(lab.Now);
                lab.RunFor(TimeSpan.FromSeconds(80));
                Assert.Equal((TcpState.Closed, TcpState.Closed), (lab.A.State, lab.B.State));
                Assert.Equal((TcpError.None, TcpError.None), (lab.A.Tcp.Error, lab.B.Tcp.Error));
                Assert.Equal((0, 0), (lab.A.LentWhenIdle, lab.B.LentWhenIdle));
            }
        }
    }

    // SM-SC-8 (figure 13)
    [Theory, OnEveryWire]
    public void Close_BothAtOnce_ClosingAndTimeWaitOnBothSides(string wire)
    {
        TwoHostLab lab = Connected(wire);
        int start = lab.Trace.Length;
        lab.A.Tcp.Close(lab.Now);
        lab.B.Tcp.Close(lab.Now);
        lab.RunFor(TimeSpan.FromMilliseconds(15));
        Assert.Equal((TcpState.Closing, TcpState.Closing), (lab.A.State, lab.B.State));
        lab.RunFor(TimeSpan.FromMilliseconds(100));
        Assert.Equal(lab.OnThisWire("""
            1.000 A > B [F.] seq 1001 ack 5001 win 502
            1.000 B > A [F.] seq 5001 ack 1001 win 510
            1.010 B > A [.] seq 5002 ack 1002 win 510
            1.010 A > B [.] seq 1002 ack 5002 win 502

            """), lab.Trace[start..]);
        Assert.Equal((TcpState.TimeWait, TcpState.TimeWait), (lab.A.State, lab.B.State));
        lab.RunFor(TimeSpan.FromSeconds(61));
        Assert.Equal((TcpState.Closed, TcpState.Closed), (lab.A.State, lab.B.State));
    }

    // SM-SC-8: with data in flight, and any segment lost.
    [Theory, OnEveryWire]
    public void Close_BothAtOnceWithDataAndLosses_EverythingArrivesAndBothEnd(string wire)
    {
        for (int a = 2; a <= 7; a++)
        {
            for (int b = 1; b <= 7; b++)
            {
                TwoHostLab lab = new(wire: wire) { DropFromA = { a }, DropFromB = { b } };
                lab.Connect();
                lab.RunFor(TimeSpan.FromSeconds(2));
                lab.A.SendPattern(4000);
                lab.B.SendPattern(4000);
                lab.A.Tcp.ShutdownSend(lab.Now);
                lab.B.Tcp.ShutdownSend(lab.Now);
                lab.RunFor(TimeSpan.FromSeconds(40));
                Assert.True((4000, 4000) == (lab.A.ReadPattern(), lab.B.ReadPattern()), lab.Trace);
                lab.RunFor(TimeSpan.FromSeconds(70));
                Assert.True((TcpState.Closed, TcpState.Closed) == (lab.A.State, lab.B.State), lab.Trace);
                Assert.Equal((TcpError.None, TcpError.None), (lab.A.Tcp.Error, lab.B.Tcp.Error));
            }
        }
    }

    // SM-SC-9: FIN with data, FIN overtaking its data, and the acknowledgment of our FIN in the segment of the peer's.
    [Theory, OnEveryWire]
    public void Close_FinOvertakesItsData_StreamIsCompleteFirst(string wire)
    {
        TwoHostLab lab = new(wire: wire) { DelayFromA = { [3] = TimeSpan.FromMilliseconds(30) } };
        lab.Connect();
        lab.A.SendPattern(1448 + 100);
        lab.A.Tcp.ShutdownSend(lab.Now);
        lab.RunFor(TimeSpan.FromMilliseconds(20));
        Assert.Equal((TcpState.Established, 0), (lab.B.State, lab.B.Tcp.Readable));
        lab.RunFor(TimeSpan.FromMilliseconds(200));
        Assert.Equal((TcpState.CloseWait, 1548), (lab.B.State, lab.B.ReadPattern()));
        lab.B.Tcp.Close(lab.Now);
        lab.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal((TcpState.TimeWait, TcpState.Closed), (lab.A.State, lab.B.State));
    }

    // MUST-12, SM-ABORT-ES
    [Theory, OnEveryWire]
    public void Abort_TheOtherSideLearnsIt(string wire)
    {
        TwoHostLab lab = Connected(wire);
        lab.A.SendPattern(10);
        lab.RunFor(TimeSpan.FromMilliseconds(100));
        lab.A.Tcp.Abort(lab.Now);
        lab.RunFor(TimeSpan.FromMilliseconds(100));
        Assert.Equal((TcpState.Closed, TcpError.Reset), (lab.B.State, lab.B.Tcp.Error));
        Assert.Equal(10, lab.B.ReadPattern());
        Assert.False(lab.B.Tcp.AtEndOfStream);
    }

    // SM-CLOSE-SR: the application closes before the handshake is over, with any segment lost.
    [Theory, OnEveryWire]
    public void Close_InSynReceived_EndsWhateverIsLost(string wire)
    {
        for (int a = 0; a <= 4; a++)
        {
            for (int b = 0; b <= 4; b++)
            {
                TwoHostLab lab = new(wire: wire) { DropFromA = { a }, DropFromB = { b } };
                lab.B.Listen();
                lab.A.Connect();
                lab.RunFor(TimeSpan.FromMilliseconds(10));
                if (lab.B.State == TcpState.Listen)
                {
                    lab.RunFor(TimeSpan.FromMilliseconds(1000));
                }

                lab.B.Tcp.ShutdownSend(lab.Now);
                lab.RunFor(TimeSpan.FromSeconds(30));
                Assert.True((TcpState.CloseWait, TcpState.FinWait2) == (lab.A.State, lab.B.State), lab.Trace);
                lab.A.Tcp.Close(lab.Now);
                lab.RunFor(TimeSpan.FromSeconds(100));
                Assert.Equal((TcpState.Closed, TcpState.Closed), (lab.A.State, lab.B.State));
            }
        }
    }

    private static TwoHostLab Connected(string wire)
    {
        TwoHostLab lab = new(wire: wire);
        lab.Connect();
        return lab;
    }
}
