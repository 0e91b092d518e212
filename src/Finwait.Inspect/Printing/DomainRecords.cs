using System.Buffers.Binary;

namespace Finwait.Inspect;

/// <summary>Walks over the questions and records of a DNS message and prints them.</summary>
internal ref struct DomainRecords(PrintContext context, ReadOnlySpan<byte> message, bool isMulticast)
{
    private const int HeaderLength = 12;
    private const int FixedRecordLength = 10;
    private const int OptType = 41;

    private readonly ReadOnlySpan<byte> _message = message;
    private readonly TextBuffer _out = context.Out;
    private int _at = HeaderLength;

    /// <summary>Steps over a question; false if its name is cut. Type and class are not looked at and may be missing.</summary>
    public bool SkipQuestion()
    {
        int at = DomainNames.Skip(_message, _at);
        _at = at + 4;
        return at >= 0;
    }

    /// <summary>
    /// The upper octet of the response code that the first OPT record of the additional section carries
    /// (RFC 6891 §6.1.3); 0 if there is none, or what stands in front of it is cut.
    /// </summary>
    /// <param name="questions">Questions, as the header counts them.</param>
    /// <param name="skipped">Records of the answer and authority sections.</param>
    /// <param name="additionals">Records of the additional section.</param>
    public readonly byte FindExtendedCode(int questions, int skipped, int additionals)
    {
        int at = HeaderLength;
        for (int i = 0; i < questions; i++)
        {
            at = DomainNames.Skip(_message, at);
            if (at < 0)
            {
                return 0;
            }

            at += 4;
        }

        for (int i = 0; i < skipped + additionals; i++)
        {
            at = DomainNames.Skip(_message, at);
            if (at < 0 || at + 5 > _message.Length)
            {
                return 0;
            }

            if (i >= skipped && BinaryPrimitives.ReadUInt16BigEndian(_message[at..]) == OptType)
            {
                return _message[at + 4];
            }

            if (at + FixedRecordLength > _message.Length)
            {
                return 0;
            }

            at += FixedRecordLength + BinaryPrimitives.ReadUInt16BigEndian(_message[(at + 8)..]);
        }

        return 0;
    }

    /// <summary>Prints several questions; false if some are missing.</summary>
    public bool PrintQuestions(int count)
    {
        bool first = true;
        while (count > 0 && (first || _at < _message.Length))
        {
            first = false;
            if (!PrintQuestion())
            {
                return false;
            }

            count--;
        }

        return count == 0;
    }

    /// <summary>Prints a question: type, class if it is not the Internet's, name.</summary>
    public bool PrintQuestion()
    {
        int nameAt = _at;
        int at = DomainNames.Skip(_message, _at);
        if (at < 0 || at + 4 > _message.Length)
        {
            return false;
        }

        _out.Append(' ');
        PrintType(BinaryPrimitives.ReadUInt16BigEndian(_message[at..]));
        int recordClass = BinaryPrimitives.ReadUInt16BigEndian(_message[(at + 2)..]);
        PrintClass(isMulticast ? recordClass & 0x7FFF : recordClass);
        if (isMulticast)
        {
            _out.Append((recordClass & 0x8000) != 0 ? " (QU)"u8 : " (QM)"u8);
        }

        _out.Append("? "u8);
        at = DomainNames.Print(_out, _message, nameAt);
        _at = at + 4;
        return at >= 0;
    }

    /// <summary>Prints records with commas between; false if some are missing.</summary>
    /// <param name="lead">In front of the first.</param>
    /// <param name="count">How many.</param>
    /// <param name="needed">True if the first is tried even where nothing is left.</param>
    public bool PrintRecords(ReadOnlySpan<byte> lead, int count, bool needed)
    {
        if (needed || _at < _message.Length)
        {
            _out.Append(lead);
            bool first = true;
            while (count > 0 && (first || _at < _message.Length))
            {
                if (!first)
                {
                    _out.Append(',');
                }

                first = false;
                if (!PrintRecord())
                {
                    return false;
                }

                count--;
            }
        }

        return count == 0;
    }

    private bool PrintRecord()
    {
        int at;
        if (context.Verbosity > 0)
        {
            _out.Append(' ');
            at = DomainNames.Print(_out, _message, _at);
            if (at < 0)
            {
                return false;
            }
        }
        else
        {
            at = DomainNames.Skip(_message, _at);
        }

        if (at < 0 || at + FixedRecordLength > _message.Length)
        {
            _at = _message.Length;
            return true;
        }

        ushort type = BinaryPrimitives.ReadUInt16BigEndian(_message[at..]);
        int recordClass = BinaryPrimitives.ReadUInt16BigEndian(_message[(at + 2)..]);
        int plainClass = isMulticast ? recordClass & 0x7FFF : recordClass;
        if (type != OptType)
        {
            PrintClass(plainClass);
        }

        if (isMulticast && (recordClass & 0x8000) != 0)
        {
            _out.Append(" (Cache flush)"u8);
        }

        if (type != OptType && context.Verbosity > 2)
        {
            _out.Append(" ["u8);
            PrintTimeToLive(BinaryPrimitives.ReadUInt32BigEndian(_message[(at + 4)..]));
            _out.Append(']');
        }

        int flags = BinaryPrimitives.ReadUInt16BigEndian(_message[(at + 6)..]);
        int length = BinaryPrimitives.ReadUInt16BigEndian(_message[(at + 8)..]);
        at += FixedRecordLength;
        _out.Append(' ');
        PrintType(type);
        if (at + length > _message.Length)
        {
            return false;
        }

        _at = at + length;
        return PrintData(type, plainClass, flags, at, at + length);
    }

    private readonly bool PrintData(ushort type, int recordClass, int flags, int at, int end)
    {
        switch (type)
        {
            case 1:
                if (at + 4 > _message.Length)
                {
                    return false;
                }

                _out.Append(' ');
                NameTable.AppendDottedQuad(_out, BinaryPrimitives.ReadUInt32BigEndian(_message[at..]));
                return true;
            case 2 or 5 or 12 or 39:
                _out.Append(' ');
                return DomainNames.Print(_out, _message, at) >= 0;
            case 6:
                return context.Verbosity == 0 || PrintAuthority(at);
            case 15:
                return PrintMailExchange(at);
            case 16 or 99:
                return PrintStrings(at, end);
            case 28:
                if (at + 16 > _message.Length)
                {
                    return false;
                }

                _out.Append(' ');
                NameTable.AppendV6Number(_out, _message.Slice(at, 16));
                return true;
            case 33:
                return PrintService(at);
            case 256:
                return PrintUri(at, end);
            case OptType:
                _out.Append(" UDPsize="u8);
                _out.AppendDecimal(recordClass);
                _out.Append((flags & 0x8000) != 0 ? " DO"u8 : default);
                return at >= end || DomainOptionsPrinter.Print(context, _message, at, end);
            default:
                return true;
        }
    }

    private readonly bool PrintAuthority(int at)
    {
        for (int i = 0; i < 2; i++)
        {
            _out.Append(' ');
            at = DomainNames.Print(_out, _message, at);
            if (at < 0)
            {
                return false;
            }
        }

        if (at + 20 > _message.Length)
        {
            return false;
        }

        for (int i = 0; i < 5; i++)
        {
            _out.Append(' ');
            _out.AppendDecimal(BinaryPrimitives.ReadUInt32BigEndian(_message[(at + (i * 4))..]));
        }

        return true;
    }

    /// <summary>Priority, weight and target (RFC 7553 §4.1).</summary>
    private readonly bool PrintUri(int at, int end)
    {
        if (at + 4 > _message.Length)
        {
            return false;
        }

        _out.Append(' ');
        _out.AppendDecimal((uint)BinaryPrimitives.ReadUInt16BigEndian(_message[at..]));
        _out.Append(' ');
        _out.AppendDecimal((uint)BinaryPrimitives.ReadUInt16BigEndian(_message[(at + 2)..]));
        _out.Append(' ');

        // Data too short for the two numbers leaves a target without end, which is cut.
        bool isCut = end < at + 4;
        foreach (byte octet in _message[(at + 4)..(isCut ? _message.Length : end)])
        {
            TextLines.AppendSafe(_out, octet);
        }

        return !isCut;
    }

    private readonly bool PrintMailExchange(int at)
    {
        _out.Append(' ');
        if (at + 2 > _message.Length || DomainNames.Print(_out, _message, at + 2) < 0)
        {
            return false;
        }

        _out.Append(' ');
        _out.AppendDecimal((uint)BinaryPrimitives.ReadUInt16BigEndian(_message[at..]));
        return true;
    }

    private readonly bool PrintStrings(int at, int end)
    {
        while (at < end)
        {
            _out.Append(" \""u8);
            if (at >= _message.Length)
            {
                return false;
            }

            int length = _message[at++];
            foreach (byte octet in _message.Slice(at, Math.Min(length, _message.Length - at)))
            {
                TextLines.AppendSafe(_out, octet);
            }

            if (at + length > _message.Length)
            {
                return false;
            }

            at += length;
            _out.Append('"');
        }

        return true;
    }

    private readonly bool PrintService(int at)
    {
        _out.Append(' ');
        if (at + 2 > _message.Length || DomainNames.Print(_out, _message, at + 6) < 0)
        {
            return false;
        }

        _out.Append(':');
        _out.AppendDecimal((uint)BinaryPrimitives.ReadUInt16BigEndian(_message[(at + 4)..]));
        _out.Append(' ');
        _out.AppendDecimal((uint)BinaryPrimitives.ReadUInt16BigEndian(_message[at..]));
        _out.Append(' ');
        _out.AppendDecimal((uint)BinaryPrimitives.ReadUInt16BigEndian(_message[(at + 2)..]));
        return true;
    }

    /// <summary>Weeks, days, hours, minutes and seconds, those that are not zero.</summary>
    private readonly void PrintTimeToLive(uint seconds)
    {
        if (seconds == 0)
        {
            _out.Append("0s"u8);
            return;
        }

        ReadOnlySpan<uint> units = [604800, 86400, 3600, 60, 1];
        for (int i = 0; i < units.Length; i++)
        {
            if (seconds >= units[i])
            {
                _out.AppendDecimal(seconds / units[i]);
                _out.Append("wdhms"u8[i]);
                seconds %= units[i];
            }
        }
    }

    private readonly void PrintType(ushort type)
    {
        ReadOnlySpan<byte> name = DomainTypes.Name(type);
        _out.Append(name);
        if (name.IsEmpty)
        {
            _out.Append("Type"u8);
            _out.AppendDecimal((uint)type);
        }
    }

    private readonly void PrintClass(int recordClass)
    {
        if (DomainPrinter.IsInternet(recordClass))
        {
            return;
        }

        ReadOnlySpan<byte> name = recordClass switch
        {
            3 => " CHAOS"u8,
            4 => " HS"u8,
            255 => " ANY"u8,
            _ => default,
        };
        _out.Append(name);
        if (name.IsEmpty)
        {
            _out.Append(" (Class "u8);
            _out.AppendDecimal(recordClass);
            _out.Append(')');
        }
    }
}
