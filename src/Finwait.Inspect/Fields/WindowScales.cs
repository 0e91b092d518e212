using Finwait.Wire;

namespace Finwait.Inspect;

/// <summary>The window scales that the connections of a run agreed on (RFC 7323 §2.2).</summary>
internal sealed class WindowScales
{
    private readonly Dictionary<(RunConnection, bool IsClient), int> _announced = [];

    public WindowScales(RunView view)
    {
        foreach (ViewPacket packet in view.Packets)
        {
            if (packet.Connection is { } connection && packet.Facts.Has(TcpFlags.Syn) && packet.Facts.Options.Has(TcpOptionPresence.WindowScale))
            {
                _announced[(connection, packet.IsFromClient)] = Math.Min((int)packet.Facts.Options.WindowScale, 14);
            }
        }
    }

    /// <summary>The shift of a packet's window field; null unless both ends announced one.</summary>
    public int? Of(ViewPacket packet) => packet.Connection is { } connection && _announced.TryGetValue((connection, packet.IsFromClient), out int own) && _announced.ContainsKey((connection, !packet.IsFromClient)) ? own : null;
}
