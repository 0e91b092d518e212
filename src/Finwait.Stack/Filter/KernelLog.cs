using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Stack;

/// <summary>One entry of the kernel log.</summary>
/// <param name="Time">When it was written.</param>
/// <param name="Level">0 (emergency) to 7 (debug).</param>
/// <param name="Text">The line, without time and level.</param>
public readonly record struct KernelLogEntry(Instant Time, byte Level, string Text);

/// <summary>The ring that <c>-j LOG</c> writes to: the last <see cref="Capacity"/> entries, older ones are lost and counted.</summary>
public sealed class KernelLog
{
    /// <summary>Entries kept.</summary>
    public const int Capacity = 1024;

    private readonly Queue<KernelLogEntry> _entries = new();

    /// <summary>Entries that made room for newer ones.</summary>
    public long Lost { get; private set; }

    /// <summary>What is kept, oldest first.</summary>
    public IReadOnlyCollection<KernelLogEntry> Entries => _entries;

    /// <summary><c>dmesg -c</c>.</summary>
    public void Clear() => _entries.Clear();

    internal void Add(Instant now, FilterTarget target, in FilterPacket packet) => Add(now, Format(target, packet), target.LogLevel);

    internal void Add(Instant now, string text, byte level = 4)
    {
        if (_entries.Count >= Capacity)
        {
            _entries.Dequeue();
            Lost++;
        }

        _entries.Enqueue(new KernelLogEntry(now, level, text));
    }

    /// <summary>The line of the kernel's nf_log for IPv4: <c>IN=eth1 OUT= SRC=… DST=… LEN=60 TOS=0x00 PREC=0x00 TTL=63 ID=0 DF PROTO=TCP …</c>.</summary>
    private static string Format(FilterTarget target, in FilterPacket packet)
    {
        StringBuilder line = new();
        line.Append(CultureInfo.InvariantCulture, $"{target.LogPrefix}IN={packet.In?.Name} OUT={packet.Out?.Name} ");
        AppendLink(line, target, packet);
        line.Append(CultureInfo.InvariantCulture, $"SRC={packet.Source} DST={packet.Destination} ");
        ReadOnlySpan<byte> ip = packet.Packet;
        if (ip.Length >= 20 && ip[0] >> 4 == 4)
        {
            int fragment = BinaryPrimitives.ReadUInt16BigEndian(ip[6..]);
            line.Append(CultureInfo.InvariantCulture, $"LEN={packet.Length} TOS=0x{ip[1] & 0x1E:X2} PREC=0x{ip[1] & 0xE0:X2} TTL={ip[8]} ID={BinaryPrimitives.ReadUInt16BigEndian(ip[4..])} ");
            line.Append((fragment & 0x8000) != 0 ? "CE " : "").Append((fragment & 0x4000) != 0 ? "DF " : "").Append((fragment & 0x2000) != 0 ? "MF " : "");
            if ((fragment & 0x1FFF) != 0)
            {
                line.Append(CultureInfo.InvariantCulture, $"FRAG:{fragment & 0x1FFF} ");
            }

            int headerLength = Math.Min(ip.Length, (ip[0] & 0x0F) * 4);
            if ((target.LogFlags & LogFlags.IpOptions) != 0 && headerLength > 20)
            {
                AppendOptions(line, ip[20..headerLength]);
            }
        }
        else if (ip.Length >= 40)
        {
            uint first = BinaryPrimitives.ReadUInt32BigEndian(ip);
            line.Append(CultureInfo.InvariantCulture, $"LEN={packet.Length} TC={first >> 20 & 0xFF} HOPLIMIT={ip[7]} FLOWLBL={first & 0xFFFFF} ");
        }

        AppendTransport(line, target, packet);
        bool isOfASocket = packet.In is null && (packet.Protocol == 17 || (packet.Protocol == 6 && packet.Transport.Length >= 20 && ((TcpFlags)packet.Transport[13] & TcpFlags.Rst) == 0));
        line.Append((target.LogFlags & LogFlags.User) != 0 && isOfASocket ? "UID=0 GID=0 " : ""); // everybody is root here
        return line.ToString(); // the kernel leaves a blank at the end, too
    }

    private static void AppendLink(StringBuilder line, FilterTarget target, in FilterPacket packet)
    {
        // The loopback interface has an Ethernet header of zeros on Linux.
        ReadOnlySpan<byte> header = packet.In is { Kind: InterfaceKind.Loopback }
            ? (packet.Source.IsV4 ? [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x08, 0x00] : (ReadOnlySpan<byte>)[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x86, 0xDD]) : packet.LinkHeader;
        if (header.Length == 0)
        {
            return;
        }

        bool isDecoded = (target.LogFlags & LogFlags.LinkAddresses) != 0 && header.Length == 14;
        line.Append(isDecoded ? "MACSRC=" : "MAC=");
        for (int i = 0; i < header.Length; i++)
        {
            int at = isDecoded ? (i < 6 ? i + 6 : i < 12 ? i - 6 : i) : i;
            line.Append(isDecoded && i == 6 ? " MACDST=" : isDecoded && i == 12 ? " MACPROTO=" : i == 0 || (isDecoded && i == 13) ? "" : ":").Append(CultureInfo.InvariantCulture, $"{header[at]:x2}");
        }

        line.Append(' ');
    }

    private static void AppendOptions(StringBuilder line, ReadOnlySpan<byte> options)
    {
        line.Append("OPT (");
        foreach (byte octet in options)
        {
            line.Append(CultureInfo.InvariantCulture, $"{octet:X2}");
        }

        line.Append(") ");
    }

    private static void AppendTransport(StringBuilder line, FilterTarget target, in FilterPacket packet)
    {
        ReadOnlySpan<byte> header = packet.IsLaterFragment ? default : packet.Transport;
        switch (packet.Protocol)
        {
            case 6:
                line.Append("PROTO=TCP ");
                if (header.Length >= 20)
                {
                    line.Append(CultureInfo.InvariantCulture, $"SPT={BinaryPrimitives.ReadUInt16BigEndian(header)} DPT={BinaryPrimitives.ReadUInt16BigEndian(header[2..])} {((target.LogFlags & LogFlags.TcpSequence) != 0 ? string.Create(CultureInfo.InvariantCulture, $"SEQ={BinaryPrimitives.ReadUInt32BigEndian(header[4..])} ACK={BinaryPrimitives.ReadUInt32BigEndian(header[8..])} ") : "")}WINDOW={BinaryPrimitives.ReadUInt16BigEndian(header[14..])} RES=0x{(header[12] & 0x0F) << 2:X2} ");
                    AppendFlags(line, (TcpFlags)header[13]);
                    line.Append(CultureInfo.InvariantCulture, $"URGP={BinaryPrimitives.ReadUInt16BigEndian(header[18..])} ");
                    int length = Math.Min(header.Length, (header[12] >> 4) * 4);
                    if ((target.LogFlags & LogFlags.TcpOptions) != 0 && length > 20)
                    {
                        AppendOptions(line, header[20..length]);
                    }
                }

                break;
            case 17:
                line.Append("PROTO=UDP ");
                if (header.Length >= 8)
                {
                    line.Append(CultureInfo.InvariantCulture, $"SPT={BinaryPrimitives.ReadUInt16BigEndian(header)} DPT={BinaryPrimitives.ReadUInt16BigEndian(header[2..])} LEN={BinaryPrimitives.ReadUInt16BigEndian(header[4..])} ");
                }

                break;
            case 1 or 58:
                line.Append(packet.Protocol == 1 ? "PROTO=ICMP " : "PROTO=ICMPv6 ");
                if (header.Length >= 2)
                {
                    line.Append(CultureInfo.InvariantCulture, $"TYPE={header[0]} CODE={header[1]} ");
                    if (header.Length >= 8 && header[0] is 0 or 8 or 128 or 129)
                    {
                        line.Append(CultureInfo.InvariantCulture, $"ID={BinaryPrimitives.ReadUInt16BigEndian(header[4..])} SEQ={BinaryPrimitives.ReadUInt16BigEndian(header[6..])} ");
                    }
                }

                break;
            default:
                line.Append(CultureInfo.InvariantCulture, $"PROTO={packet.Protocol} ");
                break;
        }
    }

    private static void AppendFlags(StringBuilder line, TcpFlags flags)
    {
        line.Append((flags & TcpFlags.Cwr) != 0 ? "CWR " : "").Append((flags & TcpFlags.Ece) != 0 ? "ECE " : "").Append((flags & TcpFlags.Urg) != 0 ? "URG " : "")
            .Append((flags & TcpFlags.Ack) != 0 ? "ACK " : "").Append((flags & TcpFlags.Psh) != 0 ? "PSH " : "").Append((flags & TcpFlags.Rst) != 0 ? "RST " : "")
            .Append((flags & TcpFlags.Syn) != 0 ? "SYN " : "").Append((flags & TcpFlags.Fin) != 0 ? "FIN " : "");
    }
}
