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

    internal void Add(Instant now, FilterTarget target, in FilterPacket packet)
    {
        if (_entries.Count >= Capacity)
        {
            _entries.Dequeue();
            Lost++;
        }

        _entries.Enqueue(new KernelLogEntry(now, target.LogLevel, Format(target.LogPrefix, packet)));
    }

    /// <summary>The line of the kernel's nf_log for IPv4: <c>IN=eth1 OUT= SRC=… DST=… LEN=60 TOS=0x00 PREC=0x00 TTL=63 ID=0 DF PROTO=TCP …</c>.</summary>
    private static string Format(string prefix, in FilterPacket packet)
    {
        StringBuilder line = new();
        line.Append(CultureInfo.InvariantCulture, $"{prefix}IN={packet.In?.Name} OUT={packet.Out?.Name} ");
        if (packet.In is { Kind: InterfaceKind.Loopback })
        {
            // The loopback interface has an Ethernet header of zeros on Linux.
            line.Append(CultureInfo.InvariantCulture, $"MAC=00:00:00:00:00:00:00:00:00:00:00:00:{(packet.Source.IsV4 ? "08:00" : "86:dd")} ");
        }
        else if (packet.LinkHeader.Length > 0)
        {
            line.Append("MAC=");
            for (int i = 0; i < packet.LinkHeader.Length; i++)
            {
                line.Append(CultureInfo.InvariantCulture, $"{(i == 0 ? "" : ":")}{packet.LinkHeader[i]:x2}");
            }

            line.Append(' ');
        }

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
        }
        else if (ip.Length >= 40)
        {
            uint first = BinaryPrimitives.ReadUInt32BigEndian(ip);
            line.Append(CultureInfo.InvariantCulture, $"LEN={packet.Length} TC={first >> 20 & 0xFF} HOPLIMIT={ip[7]} FLOWLBL={first & 0xFFFFF} ");
        }

        AppendTransport(line, packet);
        return line.ToString(); // the kernel leaves a blank at the end, too
    }

    private static void AppendTransport(StringBuilder line, in FilterPacket packet)
    {
        ReadOnlySpan<byte> header = packet.IsLaterFragment ? default : packet.Transport;
        switch (packet.Protocol)
        {
            case 6:
                line.Append("PROTO=TCP ");
                if (header.Length >= 20)
                {
                    line.Append(CultureInfo.InvariantCulture, $"SPT={BinaryPrimitives.ReadUInt16BigEndian(header)} DPT={BinaryPrimitives.ReadUInt16BigEndian(header[2..])} WINDOW={BinaryPrimitives.ReadUInt16BigEndian(header[14..])} RES=0x{(header[12] & 0x0F) << 2:X2} ");
                    AppendFlags(line, (TcpFlags)header[13]);
                    line.Append(CultureInfo.InvariantCulture, $"URGP={BinaryPrimitives.ReadUInt16BigEndian(header[18..])} ");
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
