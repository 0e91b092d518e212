using System.Buffers.Binary;

namespace Finwait.Inspect;

/// <summary>DNS messages (RFC 1035), over UDP and TCP.</summary>
internal static class DomainPrinter
{
    private const int HeaderLength = 12;
    private const int InternetClass = 1;
    private const int InverseQuery = 1;

    public static bool PrintUdp(PrintContext context, ReadOnlySpan<byte> data, int length, bool isMulticast)
    {
        context.Protocol = ProtocolTag.Domain;
        return PrintMessage(context, data, length, isMulticast);
    }

    public static bool PrintTcp(PrintContext context, ReadOnlySpan<byte> data, int length)
    {
        context.Protocol = ProtocolTag.Domain;
        if (data.Length < 2)
        {
            return false;
        }

        TextBuffer output = context.Out;
        int prefix = BinaryPrimitives.ReadUInt16BigEndian(data);
        length -= 2;
        if (prefix != length)
        {
            output.Append(" [prefix length("u8);
            output.AppendDecimal(prefix);
            output.Append(") != length("u8);
            output.AppendDecimal(length);
            output.Append(")]"u8);
            context.PrintInvalid();
            return true;
        }

        output.Append(' ');
        return PrintMessage(context, data[2..], length, isMulticast: false);
    }

    private static bool PrintMessage(PrintContext context, ReadOnlySpan<byte> data, int length, bool isMulticast)
    {
        TextBuffer output = context.Out;
        if (length < HeaderLength)
        {
            output.Append("domain [length "u8);
            output.AppendDecimal(length);
            output.Append(" < 12]"u8);
            context.PrintInvalid();
            return true;
        }

        if (data.Length < HeaderLength)
        {
            context.PrintTruncated();
            return true;
        }

        int flags = BinaryPrimitives.ReadUInt16BigEndian(data[2..]);
        var reader = new DomainRecords(context, data, isMulticast);
        bool whole = (flags & 0x8000) != 0 ? PrintResponse(context, data, flags, ref reader) : PrintQuery(context, data, flags, ref reader);
        if (!whole)
        {
            context.PrintTruncated();
            return true;
        }

        output.Append(" ("u8);
        output.AppendDecimal(length);
        output.Append(')');
        return true;
    }

    private static bool PrintResponse(PrintContext context, ReadOnlySpan<byte> data, int flags, ref DomainRecords reader)
    {
        TextBuffer output = context.Out;
        int questions = BinaryPrimitives.ReadUInt16BigEndian(data[4..]);
        output.AppendDecimal((uint)BinaryPrimitives.ReadUInt16BigEndian(data));
        output.Append(OperationName(flags >> 11 & 0xF));
        int answers = BinaryPrimitives.ReadUInt16BigEndian(data[6..]);
        int authorities = BinaryPrimitives.ReadUInt16BigEndian(data[8..]);
        int additionals = BinaryPrimitives.ReadUInt16BigEndian(data[10..]);
        PrintResponseCode(output, flags & 0xF | reader.FindExtendedCode(questions, answers + authorities, additionals) << 4);
        output.Append((flags & 0x0400) != 0 ? "*"u8 : default);
        output.Append((flags & 0x0080) != 0 ? default : "-"u8);
        output.Append((flags & 0x0200) != 0 ? "|"u8 : default);
        output.Append((flags & 0x0020) != 0 ? "$"u8 : default);
        if (questions != 1)
        {
            PrintCount(output, questions, 'q');
        }

        if (!PrintQuestionsOfResponse(context, questions, ref reader))
        {
            return false;
        }

        output.Append(' ');
        output.AppendDecimal(answers);
        output.Append('/');
        output.AppendDecimal(authorities);
        output.Append('/');
        output.AppendDecimal(additionals);
        if (answers > 0 && !reader.PrintRecords(default, answers, needed: true))
        {
            return false;
        }

        return context.Verbosity <= 1
            || ((authorities == 0 || reader.PrintRecords(" ns:"u8, authorities, needed: false)) && (additionals == 0 || reader.PrintRecords(" ar:"u8, additionals, needed: false)));
    }

    /// <summary>Commas between the questions, and the questions themselves where that much is wanted.</summary>
    private static bool PrintQuestionsOfResponse(PrintContext context, int questions, ref DomainRecords reader)
    {
        for (int i = 0; i < questions; i++)
        {
            context.Out.Append(i != 0 ? ","u8 : default);
            if (context.Verbosity <= 1)
            {
                if (!reader.SkipQuestion())
                {
                    return false;
                }

                continue;
            }

            context.Out.Append(" q:"u8);
            if (!reader.PrintQuestion())
            {
                return false;
            }
        }

        return true;
    }

    private static bool PrintQuery(PrintContext context, ReadOnlySpan<byte> data, int flags, ref DomainRecords reader)
    {
        const int OddFlags = 0x06CF;
        TextBuffer output = context.Out;
        int operation = flags >> 11 & 0xF;
        int questions = BinaryPrimitives.ReadUInt16BigEndian(data[4..]);
        int answers = BinaryPrimitives.ReadUInt16BigEndian(data[6..]);
        int authorities = BinaryPrimitives.ReadUInt16BigEndian(data[8..]);
        int additionals = BinaryPrimitives.ReadUInt16BigEndian(data[10..]);
        output.AppendDecimal((uint)BinaryPrimitives.ReadUInt16BigEndian(data));
        output.Append(OperationName(operation));
        output.Append((flags & 0x0100) != 0 ? "+"u8 : default);
        output.Append((flags & 0x0010) != 0 ? "%"u8 : default);
        if ((flags & OddFlags) != 0)
        {
            output.Append(" [b2&3=0x"u8);
            output.AppendHex((uint)flags, 1);
            output.Append(']');
        }

        if (operation == InverseQuery ? questions != 0 : answers != 0)
        {
            PrintCount(output, operation == InverseQuery ? questions : answers, operation == InverseQuery ? 'q' : 'a');
        }

        if (operation == InverseQuery ? answers != 1 : questions != 1)
        {
            PrintCount(output, operation == InverseQuery ? answers : questions, operation == InverseQuery ? 'a' : 'q');
        }

        if (authorities != 0)
        {
            PrintCount(output, authorities, 'n');
        }

        if (additionals != 0)
        {
            output.Append(" ["u8);
            output.AppendDecimal(additionals);
            output.Append("au]"u8);
        }

        if (!reader.PrintQuestions(questions))
        {
            return false;
        }

        return context.Verbosity <= 1
            || ((answers == 0 || reader.PrintRecords(default, answers, needed: true))
                && (authorities == 0 || reader.PrintRecords(" ns:"u8, authorities, needed: false))
                && (additionals == 0 || reader.PrintRecords(" ar:"u8, additionals, needed: false)));
    }

    private static void PrintCount(TextBuffer output, int count, char what)
    {
        output.Append(" ["u8);
        output.AppendDecimal(count);
        output.Append(what);
        output.Append(']');
    }

    private static ReadOnlySpan<byte> OperationName(int operation) => operation switch
    {
        0 => default,
        1 => " inv_q"u8,
        2 => " stat"u8,
        3 => " op3"u8,
        4 => " notify"u8,
        5 => " update"u8,
        6 => " op6"u8,
        7 => " op7"u8,
        8 => " op8"u8,
        9 => " updateA"u8,
        10 => " updateD"u8,
        11 => " updateDA"u8,
        12 => " updateM"u8,
        13 => " updateMA"u8,
        14 => " zoneInit"u8,
        _ => " zoneRef"u8,
    };

    /// <summary>The code with the upper octet of an OPT record; one without a name as a number.</summary>
    private static void PrintResponseCode(TextBuffer output, int code)
    {
        if (code == 0)
        {
            return;
        }

        ReadOnlySpan<byte> name = ResponseName(code);
        output.Append(name);
        if (name.IsEmpty)
        {
            output.Append(" Resp"u8);
            output.AppendDecimal(code);
        }
    }

    private static ReadOnlySpan<byte> ResponseName(int code) => code switch
    {
        1 => " FormErr"u8,
        2 => " ServFail"u8,
        3 => " NXDomain"u8,
        4 => " NotImp"u8,
        5 => " Refused"u8,
        6 => " YXDomain"u8,
        7 => " YXRRSet"u8,
        8 => " NXRRSet"u8,
        9 => " NotAuth"u8,
        10 => " NotZone"u8,
        15 => " NoChange"u8,
        16 => " BadVers"u8,
        23 => " BadCookie"u8,
        _ => default,
    };

    public static bool IsInternet(int recordClass) => recordClass == InternetClass;
}
