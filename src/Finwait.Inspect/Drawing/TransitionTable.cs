using System.Globalization;
using Finwait.Wire;

namespace Finwait.Inspect;

/// <summary>The steps of a run's connections through the state diagram as a table: what moved which end from which state to which, and what it sent.</summary>
internal static class TransitionTable
{
    /// <summary>Width of the first column, unless a trigger is longer.</summary>
    private const int LeastWidth = 15;

    /// <summary>The line below the heading, as far as it is longer than the first column.</summary>
    private const int RuleLength = 44;

    private static readonly string[] s_states = ["CLOSED", "LISTEN", "SYN_SENT", "SYN_RCVD", "ESTAB", "FIN_WAIT1", "FIN_WAIT2", "CLOSE_WAIT", "CLOSING", "LAST_ACK", "TIME_WAIT"];

    /// <summary>The lines of all tables; a name stands above each if there are several connections.</summary>
    /// <param name="view">The run.</param>
    /// <param name="onlyTeardown">Only the steps from the first that leaves ESTABLISHED.</param>
    public static IReadOnlyList<string> Lines(RunView view, bool onlyTeardown)
    {
        (RunConnection Connection, RunStep[] Steps)[] told = [.. view.Connections
            .Select(connection => (connection, Steps: connection.Steps.SkipWhile(step => onlyTeardown && step.Change.From != RunState.Established).ToArray()))
            .Where(told => told.Steps.Length > 0)];
        var lines = new List<string>();
        foreach ((RunConnection connection, RunStep[] steps) in told)
        {
            if (told.Length > 1)
            {
                lines.Add(connection.Name);
            }

            string[] triggers = [.. steps.Select(Trigger)];
            int width = Math.Max(LeastWidth, triggers.Max(trigger => trigger.Length));
            lines.Add(Row(width, "Trigger", "Prev State", "Next State", "Action"));
            lines.Add(new string('-', RuleLength + width));
            lines.AddRange(steps.Select((step, i) => Row(width, triggers[i], Who(step) + " " + s_states[(int)step.Change.From], s_states[(int)step.Change.To], Action(view, step))));
        }

        return lines;
    }

    private static string Row(int width, string trigger, string from, string to, string action) => string.Create(CultureInfo.InvariantCulture, $"{trigger.PadRight(width)} | {from,-17} > {to,-10} | {action}").TrimEnd();

    private static string Who(RunStep step) => step.IsClient ? "client" : "server";

    private static string Trigger(RunStep step) => Who(step) + " " + (step.Change.Trigger switch
    {
        RunTrigger.PassiveOpen => "listen()",
        RunTrigger.ActiveOpen => "connect()",
        RunTrigger.Close => "close()",
        RunTrigger.Shutdown => "shutdown()",
        RunTrigger.Abort => "aborts",
        RunTrigger.GaveUp => step.Change.From == RunState.FinWait2 ? "times out" : "gives up",
        RunTrigger.ReceivedSyn => "gets SYN",
        RunTrigger.ReceivedSynAck => "gets SYN+ACK",
        RunTrigger.ReceivedAckOfSyn or RunTrigger.ReceivedAckOfFin => "gets ACK",
        RunTrigger.ReceivedFin => "gets FIN",
        RunTrigger.ReceivedReset => "gets RST",
        RunTrigger.ReceivedError => "gets ICMP",
        _ => step.Change.From == RunState.FinWait2 ? "times out" : "2 MSL over",
    });

    /// <summary>What left with the step: read from the packet itself, so that a table never tells what was not sent.</summary>
    private static string Action(RunView view, RunStep step)
    {
        if (step.Sent == 0)
        {
            return "";
        }

        PacketFacts sent = view.Packets[step.Sent - 1].Facts;
        string what = sent.Has(TcpFlags.Rst) ? "RST" : sent.Has(TcpFlags.Fin) ? "FIN" : sent.Has(TcpFlags.Syn) ? sent.Has(TcpFlags.Ack) ? "SYN+ACK" : "SYN" : "ACK";
        return "sends " + what;
    }
}
