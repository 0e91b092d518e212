using System.Globalization;
using Finwait.Tcp;

namespace Finwait.Lab;

/// <content>The states of all TCP sockets at a glance.</content>
public sealed partial class LabSession
{
    /// <summary>The TCP sockets of all hosts now: host by host, listeners first. Sockets that have neither listened nor connected are in no list.</summary>
    public IReadOnlyList<LabEnd> Ends()
    {
        var ends = new List<LabEnd>();
        foreach (LabHost host in _hosts)
        {
            ends.AddRange(host.SocketRows.Where(row => row is { Kind: SsKind.Tcp, State: not TcpState.Closed })
                .OrderBy(row => row.State != TcpState.Listen).ThenBy(row => row.LocalPort)
                .Select(row => new LabEnd(host.Name, Port(row.LocalPort), row.State == TcpState.Listen ? "" : Port(row.PeerPort), CoachTexts.State(RunTexts.State(row.State)), Detail(row))));
        }

        return ends;
    }

    private static string Port(ushort port) => string.Create(CultureInfo.InvariantCulture, $":{port}");

    private static string Detail(SsRow row) => row.State switch
    {
        TcpState.Listen => row.ReceiveQueue > 0 ? string.Create(CultureInfo.InvariantCulture, $"{row.ReceiveQueue} to accept") : "",
        TcpState.Established or TcpState.CloseWait or TcpState.FinWait1 or TcpState.FinWait2 when row.Form == SsRowForm.Full => Queues(row),
        _ => "",
    };

    private static string Queues(SsRow row)
    {
        string unread = row.ReceiveQueue > 0 ? string.Create(CultureInfo.InvariantCulture, $"{row.ReceiveQueue} unread") : "";
        string unacknowledged = row.SendQueue > 0 ? string.Create(CultureInfo.InvariantCulture, $"{row.SendQueue} unacknowledged") : "";
        return unread.Length > 0 && unacknowledged.Length > 0 ? $"{unread}, {unacknowledged}" : unread + unacknowledged;
    }
}
