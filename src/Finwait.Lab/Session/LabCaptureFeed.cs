using Finwait.Capture;
using Finwait.Stack;

namespace Finwait.Lab;

/// <summary>What passes the interfaces of a host, as a pcap file in pieces: for who writes it down as it comes.</summary>
public sealed class LabCaptureFeed
{
    private readonly LabSession _session;
    private readonly string _host;
    private LabHost? _machine;
    private long _taken;
    private long _octetsTaken;
    private bool _hadEthernet;

    internal LabCaptureFeed(LabSession session, string host) => (_session, _host) = (session, host);

    /// <summary>True if so much has passed since the last call of <see cref="Take"/> that the host may soon forget the oldest of it.</summary>
    public bool IsFarBehind => _session.Host(_host) is { } machine && machine == _machine
        && (machine.FramesForgotten + machine.Frames.Count - _taken > LabHost.MaxFrames / 8 || machine.FrameOctetsPassed - _octetsTaken > LabHost.MaxFrameOctets / 8);

    /// <summary>The octets that came since the last call.</summary>
    /// <param name="isWhole">True if they are a file from its beginning, and replace what was taken before: the first time, with a new network, and when the first frame passes another interface than loopback.</param>
    public byte[] Take(out bool isWhole)
    {
        LabHost? machine = _session.Host(_host);
        bool hasEthernet = machine is not null && (_hadEthernet && machine == _machine || machine.Frames.Any(frame => frame.On.Kind == InterfaceKind.Ethernet));
        isWhole = machine != _machine || hasEthernet != _hadEthernet;
        if (isWhole)
        {
            (_machine, _hadEthernet, _taken) = (machine, hasEthernet, 0);
        }

        if (machine is null || (!isWhole && _taken == machine.FramesForgotten + machine.Frames.Count))
        {
            return [];
        }

        using var stream = new MemoryStream();
        var writer = new PcapWriter(stream, LinkType.Ethernet);
        writer.Flush();
        long header = stream.Length;
        for (int i = (int)Math.Max(0, _taken - machine.FramesForgotten); i < machine.Frames.Count; i++)
        {
            if (machine.Frames[i].On.Kind == InterfaceKind.Ethernet || !hasEthernet)
            {
                writer.Write(LabSession.Record(machine, machine.Frames[i]));
            }
        }

        writer.Flush();
        (_taken, _octetsTaken) = (machine.FramesForgotten + machine.Frames.Count, machine.FrameOctetsPassed);
        return isWhole ? stream.ToArray() : stream.ToArray()[(int)header..];
    }
}
