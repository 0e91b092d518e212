namespace Finwait.Drill;

/// <summary>Reads a script: option lines, set-up commands, events.</summary>
internal sealed partial class ScriptParser
{
    /// <summary>Nested arguments deeper than this are refused.</summary>
    private const int MaxDepth = 32;

    private readonly ScriptCursor _cursor;

    private ScriptParser(string text) => _cursor = new ScriptCursor(text);

    /// <exception cref="DrillFault">The script is wrong.</exception>
    public static DrillScript Parse(string text) => new ScriptParser(text).Parse();

    private DrillScript Parse()
    {
        var script = new DrillScript();
        _cursor.SkipBlanks();
        while (_cursor.LooksAt("--") && char.IsAsciiLetter(_cursor.Peek(2)))
        {
            script.Options.Add(ParseOption());
            _cursor.SkipBlanks();
        }

        while (_cursor.Next == '`')
        {
            script.Init.Add((_cursor.Line, ParseCommand()));
            _cursor.SkipBlanks();
        }

        while (!_cursor.IsAtEnd)
        {
            script.Events.Add(ParseEvent());
            _cursor.SkipBlanks();
        }

        if (script.Events.Count == 0)
        {
            throw new DrillFault(_cursor.Line, "syntax error at end of file: there is no event");
        }

        return script;
    }

    private (int Line, string Name, string Value) ParseOption()
    {
        int line = _cursor.Line;
        _cursor.TryTake("--");
        string name = _cursor.TakeWhile(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-');
        string value = "";
        if (_cursor.Next == '=')
        {
            _cursor.Take();
            bool isQuoted = _cursor.Next == '"';
            value = isQuoted ? _cursor.TakeString() : _cursor.TakeWhile(c => !char.IsWhiteSpace(c));
        }

        return (line, name.Replace('-', '_'), value);
    }

    private string ParseCommand()
    {
        _cursor.Take();
        return _cursor.TakeUntil("`", "the command");
    }

    private DrillEvent ParseEvent()
    {
        int line = _cursor.Line;
        DrillTimeKind kind = DrillTimeKind.Absolute;
        long time = 0, end = 0, callEnd = -1;
        if (_cursor.TryTake("*"))
        {
            kind = DrillTimeKind.Any;
        }
        else
        {
            if (_cursor.TryTake("+"))
            {
                kind = DrillTimeKind.Relative;
            }

            time = _cursor.TakeTime();
            if (_cursor.TryTake("~"))
            {
                bool isRelative = _cursor.TryTake("+");
                if (isRelative != (kind == DrillTimeKind.Relative))
                {
                    throw _cursor.Fault("both ends of a range of times are relative, or none");
                }

                kind = isRelative ? DrillTimeKind.RelativeRange : DrillTimeKind.AbsoluteRange;
                end = _cursor.TakeTime();
                if (end < time)
                {
                    throw new DrillFault(line, "syntax error: the range of times ends before it begins");
                }
            }

            if (_cursor.TryTake("..."))
            {
                _cursor.TryTake("+");
                callEnd = _cursor.TakeTime();
            }
        }

        DrillAction action = ParseAction(callEnd >= 0);
        return new DrillEvent { Line = line, TimeKind = kind, Time = time, TimeEnd = end, CallEnd = callEnd, Action = action };
    }

    private DrillAction ParseAction(bool mustBeCall)
    {
        _cursor.SkipBlanks();
        char next = _cursor.Next;
        if (!mustBeCall)
        {
            if (next is '<' or '>')
            {
                return ParsePacket();
            }

            if (next == '`')
            {
                return new CommandAction(ParseCommand());
            }

            if (_cursor.TryTake("%{"))
            {
                int line = _cursor.Line;
                return new CodeAction(_cursor.TakeUntil("}%", "the code"), line);
            }
        }

        if (char.IsAsciiLetter(next))
        {
            return ParseCall();
        }

        throw _cursor.Fault("expected a packet, a call, a command or code");
    }
}
