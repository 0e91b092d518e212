using System.Globalization;
using Finwait.Wire;

namespace Finwait.Drill;

internal enum IpVersion
{
    V4,
    V6,

    /// <summary>Sockets of AF_INET6, packets of IPv4.</summary>
    Mapped,
}

/// <summary>packetdrill's options with their defaults.</summary>
internal sealed class DrillConfig
{
    private const int MtuV4 = 1500;

    // 20 octets more, so that a segment is as large as over IPv4.
    private const int MtuV6 = 1520;

    public IpVersion Version { get; private set; }

    public long ToleranceMicroseconds { get; private set; } = 4000;

    public int Mtu { get; private set; }

    public IpAddress Local { get; private set; }

    public IpAddress Remote { get; private set; }

    public int PrefixLength { get; private set; }

    public ushort BindPort { get; private set; } = 8080;

    public ushort ConnectPort { get; private set; } = 8080;

    /// <summary>Local port of the first connect(), or 0.</summary>
    public ushort LocalPort { get; private set; }

    /// <summary>Microseconds of one step of the timestamp clock. 0, packetdrill's default, for not comparing TSval: scripts then number their timestamps as they like.</summary>
    public long TimestampTick { get; private set; }

    public Dictionary<string, string> Definitions { get; } = new(StringComparer.Ordinal);

    public List<string> InitCommands { get; } = [];

    public bool IsV6Wire => Version == IpVersion.V6;

    /// <exception cref="DrillFault">A value makes no sense.</exception>
    public void Apply(int line, string name, string value)
    {
        switch (name)
        {
            case "ip_version":
                Version = value switch
                {
                    "ipv4" => IpVersion.V4,
                    "ipv6" => IpVersion.V6,
                    "ipv4-mapped-ipv6" => IpVersion.Mapped,
                    _ => throw new DrillFault(line, $"bad --ip_version: '{value}' is none of ipv4, ipv6, ipv4-mapped-ipv6"),
                };
                break;
            case "tolerance_usecs":
                ToleranceMicroseconds = Number(line, name, value, 0, 3_600_000_000);
                break;
            case "tcp_ts_tick_usecs":
                TimestampTick = Number(line, name, value, 0, 1_000_000);
                break;
            case "mtu":
                Mtu = (int)Number(line, name, value, 68, 65535);
                break;
            case "local_ip":
                Local = Address(line, name, value);
                break;
            case "remote_ip":
                Remote = Address(line, name, value);
                break;
            case "bind_port":
                BindPort = (ushort)Number(line, name, value, 1, 65535);
                break;
            case "connect_port":
                ConnectPort = (ushort)Number(line, name, value, 1, 65535);
                break;
            case "local_port":
                LocalPort = (ushort)Number(line, name, value, 1, 65535);
                break;
            case "netmask_ip":
                PrefixLength = System.Numerics.BitOperations.PopCount(Address(line, name, value).V4);
                break;
            case "define" or "D":
                int equals = value.IndexOf('=');
                Definitions[equals < 0 ? value : value[..equals]] = equals < 0 ? "1" : value[(equals + 1)..].Trim('"');
                break;
            case "init_scripts":
                InitCommands.AddRange(value.Split(',', StringSplitOptions.RemoveEmptyEntries));
                break;
            case "gateway_ip" or "speed" or "send_omit_free" or "verbose" or "non_fatal" or "code_command" or "code_format" or "code_sockopt" or "tcp_ts_ecr_scaled"
                or "socket_family" or "dry_run" or "persistent_tun_dev" or "no_cleanup" or "mss" or "omit_free" or "prefix" or "ip_prefix" or "hw_offload" or "strict_segments"
                or "wire_protocol" or "fixed_isn" or "debug":
                break; // about packetdrill's own machinery, or about nothing that a host in virtual time can see
            case "so_filename" or "so_flags" or "wire_client" or "wire_server" or "wire_server_ip" or "wire_server_port" or "wire_client_dev" or "wire_server_dev":
                throw new DrillNeed(line, $"--{name}");
            default:
                throw new DrillFault(line, $"there is no option --{name}");
        }
    }

    /// <summary>Fills in what was not said.</summary>
    public void Finish()
    {
        if (Mtu == 0)
        {
            Mtu = IsV6Wire ? MtuV6 : MtuV4;
        }

        if (Local.IsNone || Local.IsV6 != IsV6Wire)
        {
            Local = IsV6Wire ? IpAddress.Parse("fd3d:0a0b:17d6::1") : IpAddress.FromV4(192, 168, 0, 1);
        }

        if (Remote.IsNone || Remote.IsV6 != IsV6Wire)
        {
            Remote = IsV6Wire ? IpAddress.Parse("fd3d:fa7b:d17d::1") : IpAddress.FromV4(192, 0, 2, 1);
        }

        if (PrefixLength == 0 || IsV6Wire)
        {
            PrefixLength = IsV6Wire ? 48 : 16;
        }
    }

    private static long Number(int line, string name, string value, long least, long most) =>
        long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out long number) && number >= least && number <= most
            ? number
            : throw new DrillFault(line, $"bad --{name}: '{value}' is no number from {least} to {most}");

    private static IpAddress Address(int line, string name, string value) =>
        IpAddress.TryParse(value, out IpAddress address) ? address : throw new DrillFault(line, $"bad --{name}: '{value}' is no address");
}
