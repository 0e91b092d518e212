using Finwait.Stack;
using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Lab;

/// <summary>Whose habits a host has: what a peer and a capture can see of its operating system.</summary>
internal static class LabPersonality
{
    /// <summary>91 segments of 1448 octets, cut to what the scaled field can say.</summary>
    private const int MacWindow = 2058 << 6;

    /// <summary>Twice the window, and a segment that is held back.</summary>
    private const int MacReceiveBuffer = 2 * (MacWindow + 1460);

    /// <summary>net.inet.tcp.autorcvbufmax less an octet: window scale 6.</summary>
    private const int MacLargestBuffer = (4 << 20) - 1;

    /// <summary>Names of those there are.</summary>
    public static IReadOnlyList<string> Names { get; } = ["linux", "macos"];

    /// <summary>True if the host's nc ends when its peer has closed.</summary>
    public static bool EndsNetcatWithPeer(string name) => name == "macos";

    /// <summary>Gives a host the habits; connections that are open keep their windows and options. False if there is no such personality.</summary>
    public static bool Apply(HostSettings host, string name)
    {
        var usual = new TcpSettings();
        var ports = new HostSettings();
        bool isMac = name == "macos";
        if (!isMac && name != "linux")
        {
            return false;
        }

        host.Tcp.OptionLayout = isMac ? TcpOptionLayout.MacOs : usual.OptionLayout;
        host.Tcp.ReceiveBuffer = isMac ? (usual.ReceiveBuffer.Min, MacReceiveBuffer, MacLargestBuffer) : usual.ReceiveBuffer;
        host.Tcp.InitialReceiveWindow = isMac ? MacWindow : usual.InitialReceiveWindow;
        host.Tcp.AcknowledgesFinAtOnce = isMac;
        host.Tcp.TimeWait = isMac ? TimeSpan.FromSeconds(30) : usual.TimeWait; // twice net.inet.tcp.msl
        host.LocalPortRange = isMac ? ((ushort)49152, (ushort)65535) : ports.LocalPortRange;
        return true;
    }
}
