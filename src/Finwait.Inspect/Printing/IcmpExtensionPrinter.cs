using System.Buffers.Binary;
using Finwait.Wire;

namespace Finwait.Inspect;

/// <summary>What routers append to ICMP errors: the MPLS labels of the packet they threw away (RFC 4884, RFC 4950).</summary>
internal static class IcmpExtensionPrinter
{
    /// <summary>Messages no longer than this hold no extension.</summary>
    public const int ShortestMessage = 156;

    private const int ExtensionAt = 136;
    private const int HeaderLength = 4;
    private const int SupportedVersion = 2;

    public static void Print(PrintContext context, ReadOnlySpan<byte> data, int length)
    {
        TextBuffer output = context.Out;
        if (data.Length < ExtensionAt + HeaderLength + 1)
        {
            context.PrintTruncated();
            return;
        }

        int size = length - ShortestMessage;
        ReadOnlySpan<byte> extension = data[ExtensionAt..];
        bool isWhole = extension.Length >= size;
        bool isRight = isWhole && InternetChecksum.Fold(InternetChecksum.Sum(extension[..size])) == 0;

        // Few senders set the length; without it only a right checksum tells an extension from quoted octets.
        if (data[5] == 0 && isWhole && !isRight)
        {
            return;
        }

        int version = extension[0] >> 4;
        output.Append("\n\tMPLS extension v"u8);
        output.AppendDecimal(version);
        if (version != SupportedVersion)
        {
            output.Append(" packet not supported"u8);
            return;
        }

        if (isWhole)
        {
            output.Append(", checksum 0x"u8);
            output.AppendHex(BinaryPrimitives.ReadUInt16BigEndian(extension[2..]), 4);
            output.Append(isRight ? " (correct), length "u8 : " (incorrect), length "u8);
            output.AppendDecimal(size);
        }

        PrintObjects(context, extension[HeaderLength..], size - HeaderLength);
    }

    private static void PrintObjects(PrintContext context, ReadOnlySpan<byte> objects, int size)
    {
        TextBuffer output = context.Out;
        while (size > HeaderLength)
        {
            if (objects.Length < HeaderLength)
            {
                context.PrintTruncated();
                return;
            }

            int length = BinaryPrimitives.ReadUInt16BigEndian(objects);
            byte kind = objects[2];
            output.Append("\n\t  "u8);
            output.Append(kind == 1 ? "MPLS Stack Entry"u8 : kind == 2 ? "Interface Identification"u8 : "unknown"u8);
            output.Append(" Object ("u8);
            output.AppendDecimal((uint)kind);
            output.Append("), Class-Type: "u8);
            output.AppendDecimal((uint)objects[3]);
            output.Append(", length "u8);
            output.AppendDecimal(length);
            size -= HeaderLength;
            if (kind == 0 || length < HeaderLength)
            {
                return;
            }

            bool isLabel = kind == 1 && objects[3] == 1;
            length -= HeaderLength;
            objects = objects[HeaderLength..];
            if (isLabel && objects.Length < 4)
            {
                context.PrintTruncated();
                return;
            }

            if (isLabel)
            {
                PrintLabel(output, BinaryPrimitives.ReadUInt32BigEndian(objects));
            }
            else
            {
                Icmpv6Printer.PrintOctets(context, objects, "\n\t    "u8, length);
            }

            if (size < length || objects.Length < length)
            {
                return;
            }

            size -= length;
            objects = objects[length..];
        }
    }

    private static void PrintLabel(TextBuffer output, uint entry)
    {
        output.Append("\n\t    label "u8);
        output.AppendDecimal(entry >> 12);
        output.Append(", tc "u8);
        output.AppendDecimal(entry >> 9 & 7);
        output.Append((entry & 0x100) != 0 ? ", stack"u8 : default);
        output.Append(", ttl "u8);
        output.AppendDecimal(entry & 0xFF);
    }
}
