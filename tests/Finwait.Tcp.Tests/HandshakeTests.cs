namespace Finwait.Tcp.Tests;

public sealed class HandshakeTests
{
    // SM-SC-1, SM-OPEN-CL, SM-SEG-LI-4, SM-SEG-SS-6, SM-ACK-SR
    [Fact]
    public void ActiveOpen_NothingLost_EstablishesInThreeSegments()
    {
        TwoHostLab lab = new();
        lab.Connect();
        Assert.Equal("""
            0.000 A > B [S] seq 1000 win 64240
            0.010 B > A [S.] seq 5000 ack 1001 win 65160
            0.020 A > B [.] seq 1001 ack 5001 win 502

            """, lab.Trace);
        Assert.Equal((TcpState.Established, TcpState.Established), (lab.A.State, lab.B.State));
    }
}
