using System.Text;

namespace Finwait.Tcp.Tests;

public sealed class ConnectionDiagramTests
{
    // Laid beside RFC 9293 figure 5 and its notes. A dash: the diagram has no such arrow. Two states: from an active, from a passive open.
    // Note 1 is RcvRst in SYN-RECEIVED; note 2 (FIN and its acknowledgment in one) RcvFinAck in FIN-WAIT-1. What goes beyond the figure:
    // Abort and RcvRst of §3.10.5 and §3.10.7.4, RcvFin in SYN-RECEIVED (§3.10.7.4, eighth check), no RcvRst in TIME-WAIT (RFC 1337 §3).
    private const string Golden = """
                         Closed       Listen       SynSent      SynReceived         Established  FinWait1     FinWait2     CloseWait    Closing      LastAck      TimeWait
        PassiveOpen      Listen       -            -            -                   -            -            -            -            -            -            -
        ActiveOpen       SynSent      SynSent      -            -                   -            -            -            -            -            -            -
        Close            -            Closed       Closed       FinWait1            FinWait1     -            -            LastAck      -            -            -
        Abort            -            Closed       Closed       Closed              Closed       Closed       Closed       Closed       Closed       Closed       Closed
        RcvSyn           -            SynReceived  SynReceived  -                   -            -            -            -            -            -            -
        RcvSynAck        -            -            Established  -                   -            -            -            -            -            -            -
        RcvAckOfSyn      -            -            -            Established         -            -            -            -            -            -            -
        RcvFin           -            -            -            CloseWait           CloseWait    Closing      TimeWait     -            -            -            -
        RcvFinAck        -            -            -            -                   -            TimeWait     TimeWait     -            -            -            -
        RcvAckOfFin      -            -            -            -                   -            FinWait2     -            -            TimeWait     Closed       -
        RcvRst           -            -            Closed       Closed/Listen       Closed       Closed       Closed       Closed       Closed       Closed       -
        TimeWaitTimeout  -            -            -            -                   -            -            -            -            -            -            Closed

        """;

    // RFC 9293 §3.3.2 figure 5: every state, every input, from an active and from a passive open.
    [Fact]
    public void Next_AllStatesAndInputs_FollowFigure5()
    {
        StringBuilder table = new();
        table.Append(' ', 17);
        foreach (TcpState state in Enum.GetValues<TcpState>())
        {
            table.Append(state.ToString().PadRight(Width(state)));
        }

        table.Length = table.ToString().TrimEnd().Length;
        table.Append('\n');
        foreach (TcpInput input in Enum.GetValues<TcpInput>())
        {
            StringBuilder line = new(input.ToString().PadRight(17));
            foreach (TcpState state in Enum.GetValues<TcpState>())
            {
                string active = Name(TcpStateMachine.Next(state, input, wasPassive: false));
                string passive = Name(TcpStateMachine.Next(state, input, wasPassive: true));
                line.Append((active == passive ? active : $"{active}/{passive}").PadRight(Width(state)));
            }

            table.Append(line.ToString().TrimEnd()).Append('\n');
        }

        Assert.Equal(Golden, table.ToString());
    }

    private static int Width(TcpState state) => state == TcpState.SynReceived ? 20 : 13;

    private static string Name(TcpState? state) => state?.ToString() ?? "-";
}
