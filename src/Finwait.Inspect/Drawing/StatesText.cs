using System.Globalization;
using System.Text;

namespace Finwait.Inspect;

/// <summary>Draws the connection diagram with both paths in plain text: c2 is the client's step, number 2, s3 the server's.</summary>
internal static class StatesText
{
    private const int SlotWidth = 6;

    // A slot is a tilde and two letters for each end of its arrow, filled up to six characters; that of 2 MSL is part of a line.
    private const string Diagram = """
                                      CLOSED
                     listen() ~CLLI~    |      \  connect() / SYN ~CLSS~
                                        v       \
                                     LISTEN      `------------------.
            rcv SYN / SYN,ACK ~LISR~    |                           v
                                        v    ~SSSR~ rcv SYN
                                  SYN-RECEIVED <---------------- SYN-SENT
               rcv ACK of SYN ~SRES~    |                           |  rcv SYN,ACK / ACK ~SSES~
                                        v                           |
                                   ESTABLISHED <--------------------'
                close() / FIN ~ESF1~    |      \  rcv FIN / ACK ~ESCW~
                                        |       `-------------------.
                                        v                           v
                   .-------------- FIN-WAIT-1                  CLOSE-WAIT
                   |                    |      \                    |
        ACK of FIN | ~F1F2~             |       \ FIN ~F1CG~        |  close() / FIN ~CWLA~
                   v                    |        \                  v
              FIN-WAIT-2                |       CLOSING          LAST-ACK
                   |  FIN,ACK ~F1TW~    |        |                  |
               FIN | ~F2TW~             |        | ~CGTW~           |  rcv ACK of FIN ~LACL~
                   |                    v        |                  v
                   `--------------> TIME-WAIT <--'               CLOSED
                                        |                           ^
                                        `---- 2 MSL ~TWCL~----------'
        """;

    private static readonly string[] s_short = ["CL", "LI", "SS", "SR", "ES", "F1", "F2", "CW", "CG", "LA", "TW"];

    public static string Draw(RunView view)
    {
        RunConnection? connection = view.Main;
        if (connection is null)
        {
            return "No connection was opened in this run, and no socket listened.\n";
        }

        var text = new StringBuilder(Diagram.ReplaceLineEndings("\n")).Append('\n');
        for (RunState from = RunState.Closed; from <= RunState.TimeWait; from++)
        {
            for (RunState to = RunState.Closed; to <= RunState.TimeWait; to++)
            {
                text.Replace($"~{s_short[(int)from]}{s_short[(int)to]}~", Slot(connection.Steps, from, to));
            }
        }

        string drawn = string.Join('\n', text.ToString().Split('\n').Select(line => line.TrimEnd()));
        text.Clear().Append(drawn).Append('\n');
        AppendEnd(text, view, connection, isClient: true);
        AppendEnd(text, view, connection, isClient: false);
        foreach (RunStep step in connection.Steps)
        {
            string path = $"{DiagramTexts.Name(step.Change.From)} -> {DiagramTexts.Name(step.Change.To)}";
            text.Append(CultureInfo.InvariantCulture, $"{Mark(step),4}  {RunView.Seconds(step.Change.Time),10}  {path,-28} {step.Explain()}\n");
        }

        return text.Append(view.OneOfMany is { } which ? which + "\n" : "").ToString();
    }

    private static string Mark(RunStep step) => string.Create(CultureInfo.InvariantCulture, $"{(step.IsClient ? 'c' : 's')}{step.Number}");

    private static string Slot(IReadOnlyList<RunStep> steps, RunState from, RunState to)
    {
        RunStep[] taken = [.. steps.Where(step => step.Change.From == from && step.Change.To == to && StateMap.ArrowOf(step.Change) is not null)];
        string marks = string.Join(' ', taken.Select(Mark));
        return (marks.Length > SlotWidth ? Mark(taken[0]) + " +" : marks).PadRight(SlotWidth, from == RunState.TimeWait ? '-' : ' ');
    }

    private static void AppendEnd(StringBuilder text, RunView view, RunConnection connection, bool isClient)
    {
        (int host, RunEnd end) = isClient ? (connection.ClientHost, connection.Client) : (connection.ServerHost, connection.Server);
        if (end.Port == 0)
        {
            return;
        }

        RunState? last = connection.Steps.LastOrDefault(step => step.IsClient == isClient)?.Change.To;
        string state = last is { } known ? $"is in {DiagramTexts.Name(known)}" : "has no state";
        text.Append(CultureInfo.InvariantCulture, $"{(isClient ? "client c: " : "server s: ")}{(host < 0 ? "" : view.Record.Hosts[host].Name + " ")}{end} {state}\n");
    }
}
