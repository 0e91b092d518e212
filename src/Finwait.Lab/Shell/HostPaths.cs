using System.Globalization;
using System.Text;
using Finwait.Stack;
using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Lab;

/// <summary>Paths of a host that are no files of its own: the kernel's settings and tables, and the names it knows.</summary>
internal static class HostPaths
{
    private const string Settings = "/proc/sys/";
    public const string Hosts = "/etc/hosts";
    public const string HostName = "/etc/hostname";

    /// <summary>Text behind a path; null if there is nothing.</summary>
    public static string? Read(LabHost host, string path) => path switch
    {
        "/dev/null" => "",
        Hosts => host.NameList,
        HostName => host.OwnName + "\n",
        "/proc/net/tcp" => Sockets(host, SsKind.Tcp),
        "/proc/net/udp" => Sockets(host, SsKind.Udp),
        "/proc/uptime" => string.Create(CultureInfo.InvariantCulture, $"{host.Now.SinceStart.TotalSeconds:F2} {host.Now.SinceStart.TotalSeconds:F2}\n"),
        _ when Setting(host, path) is { } name && LabSettings.TryGet(host, name, out string value) => value + "\n",
        _ => null,
    };

    /// <summary>Where what is written to a path goes; null if it is none of these. Nothing can be written to the kernel's tables.</summary>
    public static ShellSink? Open(LabHost host, string path, bool append) => path switch
    {
        "/dev/null" => new CollectSink(),
        Hosts => new NamesSink(host, append),
        _ when Setting(host, path) is { } name => new SettingSink(host, name),
        _ => null,
    };

    private static string? Setting(LabHost host, string path)
    {
        string name = path.StartsWith(Settings, StringComparison.Ordinal) ? path[Settings.Length..].Replace('/', '.') : "";
        return LabSettings.TryGet(host, name, out _) ? name : null;
    }

    /// <summary>The kernel's table of sockets, in its own form: numbers in hexadecimal, addresses as they stand in memory.</summary>
    private static string Sockets(LabHost host, SsKind kind)
    {
        const int Width = 149, UdpWidth = 127;
        bool isTcp = kind == SsKind.Tcp;
        var text = new StringBuilder();
        text.Append((isTcp ? "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode"
            : "   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops").PadRight(isTcp ? Width : UdpWidth)).Append('\n');
        int number = 0;
        foreach (SsRow row in host.SocketRows.Where(row => row.Kind == kind && row.Local.IsV4))
        {
            int timer = row.Timer switch { TcpTimerKind.None => 0, TcpTimerKind.KeepAlive => 2, TcpTimerKind.TimeWait => 3, TcpTimerKind.Persist => 4, _ => 1 };
            long jiffies = timer == 0 ? 0 : (long)(row.TimerRemaining.TotalMilliseconds / 10);
            string line = string.Create(
                CultureInfo.InvariantCulture,
                $"{number++,4}: {Address(row.Local, row.LocalPort)} {Address(row.Peer, row.PeerPort)} {State(row.State, isTcp):X2} {(row.State == TcpState.Listen ? 0 : row.SendQueue):X8}:{row.ReceiveQueue:X8} {timer:X2}:{jiffies:X8} {row.TimerCount:X8} {row.UserId,5} {0,8} {row.Inode} {(isTcp ? "1" : "2")} 0000000000000000 {(isTcp ? "100 0 0 10 0" : "0")}");
            text.Append(line.PadRight(isTcp ? Width : UdpWidth)).Append('\n');
        }

        return text.ToString();
    }

    private static string Address(IpAddress address, ushort port) => string.Create(CultureInfo.InvariantCulture, $"{System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(address.V4):X8}:{port:X4}");

    private static int State(TcpState state, bool isTcp) => state switch
    {
        _ when !isTcp => state == TcpState.Established ? 1 : 7,
        TcpState.Established => 1,
        TcpState.SynSent => 2,
        TcpState.SynReceived => 3,
        TcpState.FinWait1 => 4,
        TcpState.FinWait2 => 5,
        TcpState.TimeWait => 6,
        TcpState.CloseWait => 8,
        TcpState.LastAck => 9,
        TcpState.Listen => 10,
        TcpState.Closing => 11,
        _ => 7,
    };

    /// <summary>A setting of the kernel: each write is a value.</summary>
    private sealed class SettingSink(LabHost host, string name) : ShellSink
    {
        private bool _hasFailed;

        public override void Write(string? value) => _hasFailed |= !string.IsNullOrWhiteSpace(value) && LabSettings.Set(host, name, value.Trim()) is not null;

        public override string? TakeFailure()
        {
            bool failed = _hasFailed;
            _hasFailed = false;
            return failed ? "Invalid argument" : null;
        }
    }

    /// <summary>The host's own list of names.</summary>
    private sealed class NamesSink : ShellSink
    {
        private readonly LabHost _host;

        public NamesSink(LabHost host, bool append)
        {
            _host = host;
            _host.NameList = append ? host.NameList : "";
        }

        public override void Write(string? value) => _host.NameList += value;
    }
}
