using Finwait.Capture;

namespace Finwait.Inspect;

/// <summary>Prints packets as tcpdump 4.99 does, byte for byte, or in the style of tcpdump 3 (<see cref="PrintOptions.Style"/>).</summary>
/// <remarks>
/// One printer prints one run: relative sequence numbers, packet numbers and times since the previous or first packet
/// count from what it printed before. Nothing is allocated per packet in the steady state, and the bytes of a packet
/// never make it throw. Not thread-safe.
/// </remarks>
public sealed class PacketPrinter
{
    private readonly PrintOptions _options;
    private readonly PrintContext _context;
    private readonly TimeStamps _time;
    private uint _count;

    /// <summary>A printer for one run.</summary>
    public PacketPrinter(PrintOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _context = new PrintContext(options);
        _time = new TimeStamps(options);
    }

    /// <summary>Appends the text of one packet, with the newline at its end, and the dump if one is asked for.</summary>
    public void Print(in PacketRecord packet, TextBuffer output)
    {
        ArgumentNullException.ThrowIfNull(output);
        _context.Out = output;
        _count++;
        if (_options.Numbered)
        {
            output.AppendRight(_count, 5);
            output.Append("  "u8);
        }

        if (!CheckLengths(packet, output))
        {
            return;
        }

        _time.Append(output, packet.Seconds, packet.Nanoseconds);
        _context.Protocol = ProtocolTag.None;
        _context.Depth = 0;
        _context.LinkHeaderLength = 0;
        bool isClassic = _options.Style == PrintStyle.Classic && ClassicPrinter.TryPrint(_context, packet);
        if (!isClassic && !LinkPrinter.Print(_context, packet))
        {
            // The decoding broke off: nobody knows where the network header is, and the dump shows everything.
            _context.PrintTruncated();
            _context.LinkHeaderLength = 0;
        }

        AppendDump(packet.Data, output);
        output.Append('\n');
    }

    /// <summary>A packet without octets, or with fewer on the wire than captured, is told of and not decoded.</summary>
    private static bool CheckLengths(in PacketRecord packet, TextBuffer output)
    {
        uint captured = (uint)packet.Data.Length;
        uint length = packet.Length;
        if (captured != 0 && length >= captured && length <= LinkTypes.MaximumSnapLength)
        {
            return true;
        }

        output.Append("[Invalid header:"u8);
        string separator = " ";
        if (captured == 0)
        {
            output.Append(" caplen==0"u8);
            separator = ", ";
        }

        if (length == 0)
        {
            output.Append(separator);
            output.Append("len==0"u8);
            separator = ", ";
        }

        if (length != 0 && length < captured)
        {
            output.Append(separator);
            output.Append("len("u8);
            output.AppendDecimal(length);
            output.Append(") < caplen("u8);
            output.AppendDecimal(captured);
            output.Append(')');
            separator = ", ";
        }

        if (length > LinkTypes.MaximumSnapLength)
        {
            output.Append(separator);
            output.Append("len("u8);
            output.AppendDecimal(length);
            output.Append(") > "u8);
            output.AppendDecimal((uint)LinkTypes.MaximumSnapLength);
        }

        output.Append("]\n"u8);
        return false;
    }

    private void AppendDump(ReadOnlySpan<byte> data, TextBuffer output)
    {
        if (_options.Dump == PacketDump.None)
        {
            return;
        }

        if (!_options.DumpLinkHeader)
        {
            if (_context.LinkHeaderLength >= data.Length)
            {
                return;
            }

            data = data[_context.LinkHeaderLength..];
        }

        switch (_options.Dump)
        {
            case PacketDump.Hex:
                HexDumps.AppendHex(output, "\n\t"u8, data);
                break;
            case PacketDump.HexAndAscii:
                HexDumps.AppendHexAndAscii(output, "\n\t"u8, data);
                break;
            default:
                HexDumps.AppendAscii(output, data);
                break;
        }
    }
}
