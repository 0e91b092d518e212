namespace Finwait.Inspect;

/// <summary>The names of states and the words on the arrows of the connection diagram.</summary>
internal static class DiagramTexts
{
    private static readonly string[] s_names = ["CLOSED", "LISTEN", "SYN-SENT", "SYN-RECEIVED", "ESTABLISHED", "FIN-WAIT-1", "FIN-WAIT-2", "CLOSE-WAIT", "CLOSING", "LAST-ACK", "TIME-WAIT"];

    /// <summary>The state as RFC 9293 writes it.</summary>
    public static string Name(RunState state) => s_names[(int)state];

    /// <summary>What moved the connection, as an arrow is labelled.</summary>
    public static string Trigger(RunTrigger trigger, RunState from) => trigger switch
    {
        RunTrigger.PassiveOpen => "listen()",
        RunTrigger.ActiveOpen => "connect()",
        RunTrigger.Close => "close()",
        RunTrigger.Shutdown => "shutdown()",
        RunTrigger.Abort => "abort",
        RunTrigger.GaveUp => from is RunState.FinWait2 or RunState.TimeWait ? "timeout" : "no answer: gave up",
        RunTrigger.ReceivedSyn => "rcv SYN",
        RunTrigger.ReceivedSynAck => "rcv SYN,ACK",
        RunTrigger.ReceivedAckOfSyn => "rcv ACK of SYN",
        RunTrigger.ReceivedFin => "rcv FIN",
        RunTrigger.ReceivedAckOfFin => "rcv ACK of FIN",
        RunTrigger.ReceivedReset => "rcv RST",
        RunTrigger.ReceivedError => "rcv ICMP error",
        _ => from == RunState.FinWait2 ? "timeout" : "timeout, 2 MSL",
    };

    /// <summary>What is done on the way, as an arrow is labelled; empty for nothing.</summary>
    public static string Action(RunState from, RunState to, RunTrigger trigger) => (from, to) switch
    {
        (RunState.Closed, RunState.SynSent) or (RunState.Listen, RunState.SynSent) => "snd SYN",
        (RunState.Listen, RunState.SynReceived) or (RunState.SynSent, RunState.SynReceived) => "snd SYN,ACK",
        (RunState.SynSent, RunState.Established) => "snd ACK",
        (RunState.Established or RunState.SynReceived, RunState.FinWait1) or (RunState.CloseWait, RunState.LastAck) => "snd FIN",
        (RunState.Established, RunState.CloseWait) or (RunState.FinWait1, RunState.Closing) or (RunState.FinWait2 or RunState.FinWait1, RunState.TimeWait) => "snd ACK",
        (RunState.Established or RunState.FinWait1 or RunState.FinWait2 or RunState.CloseWait or RunState.SynReceived, RunState.Closed) when trigger == RunTrigger.Abort => "snd RST",
        _ => "",
    };
}
