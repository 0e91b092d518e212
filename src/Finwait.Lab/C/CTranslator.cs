using System.Globalization;

namespace Finwait.Lab;

/// <summary>
/// The lab's C compiler: reads a program of sockets in a small C and writes it in the lab's Python, which then runs it. Numbers, strings, arrays of char and the
/// structures of the socket interface; functions, if, while, do and for. What lies outside is refused with gcc's form of complaint.
/// </summary>
internal sealed partial class CTranslator
{
    private const int MaxDepth = 100;

    private readonly List<CToken> _tokens;
    private readonly Dictionary<string, CType> _globals = [];
    private readonly List<Dictionary<string, CType>> _scopes = [];
    private readonly Dictionary<string, CType> _functions = [];
    private readonly List<(string Name, string Within)> _called = [];
    private readonly List<string> _lines = [];
    private readonly Stack<List<string>> _steps = new();
    private int _at;
    private int _indent;
    private int _depth;
    private int _temporaries;
    private int _mainArguments;

    private CTranslator(List<CToken> tokens) => _tokens = tokens;

    /// <summary>The function that is being read; empty outside.</summary>
    public string Function { get; private set; } = "";

    /// <summary>Functions that are called and are nowhere, each with the function that calls it.</summary>
    public IReadOnlyList<(string Name, string Within)> Undefined => [.. _called.Where(call => !_functions.ContainsKey(call.Name) && !CLibrary.Functions.ContainsKey(call.Name))];

    /// <summary>True if there is a main.</summary>
    public bool HasMain => _functions.ContainsKey("main");

    /// <summary>The program in Python, to stand behind the library.</summary>
    public string Python => string.Join('\n', _lines) + $"\nsys.exit(f_main({_mainArguments switch { 0 => "", 1 => "len(sys.argv)", _ => "len(sys.argv), main_arguments()" }}) & 255)\n";

    /// <summary>Reads a program.</summary>
    /// <param name="text">The C.</param>
    /// <param name="error">What is wrong with it; null if nothing is.</param>
    public static CTranslator Read(string text, out CError? error)
    {
        error = null;
        var translator = new CTranslator([]);
        try
        {
            translator = new CTranslator(CTokenizer.Read(text));
            while (translator.Peek.Kind != CTokenKind.End)
            {
                translator.External();
            }
        }
        catch (CError failure)
        {
            error = failure;
        }

        return translator;
    }

    private CToken Peek => _tokens[_at];

    private CToken Take() => _tokens[_at].Kind == CTokenKind.End ? _tokens[_at] : _tokens[_at++];

    private bool Is(string text) => Peek.Text == text && Peek.Kind is CTokenKind.Sign or CTokenKind.Name;

    private bool TakeIf(string text)
    {
        bool isThere = Is(text);
        _at += isThere ? 1 : 0;
        return isThere;
    }

    /// <summary>Takes a sign that must stand here.</summary>
    private void Expect(string text)
    {
        if (!TakeIf(text))
        {
            throw new CError(Peek, $"expected ‘{text}’ before {Peek.Quoted}");
        }
    }

    private CToken Name()
    {
        CToken name = Take();
        return name.Kind == CTokenKind.Name ? name : throw new CError(name, $"expected identifier or ‘(’ before {name.Quoted}");
    }

    private void Emit(string line) => _lines.Add(new string(' ', _indent) + line);

    private bool IsTypeNext => Peek.Kind == CTokenKind.Name && CType.Words.ContainsKey(Peek.Text);

    /// <summary>The words of a type, without stars and brackets.</summary>
    private CType BaseType()
    {
        CToken first = Peek;
        CType? type = null;
        while (IsTypeNext)
        {
            string word = Take().Text;
            if (word == "struct")
            {
                CToken name = Name();
                if (Is("{") || !CType.Structures.TryGetValue(name.Text, out var structure))
                {
                    throw new CError(name, $"the lab's compiler knows the structures {string.Join(", ", CType.Structures.Keys)}, not ‘{name.Text}’");
                }

                type = new CType(CKind.Structure, name.Text, structure.Size);
            }
            else if (word == "FILE")
            {
                type = CType.File;
            }
            else if (word is not ("const" or "static" or "volatile"))
            {
                type = word == "void" ? CType.Void : new CType(CKind.Number, "", type is { Size: 2 or 8 } && word is "int" or "unsigned" ? type.Size : CType.Words[word]);
            }
        }

        return type ?? (_at > 0 && first != Peek ? CType.Int : throw new CError(first, $"unknown type name ‘{first.Text}’"));
    }

    /// <summary>The type that stars make of another: a pointer to a structure is used as the structure itself.</summary>
    private CType Stars(CType type)
    {
        int stars = 0;
        CToken at = Peek;
        while (TakeIf("*"))
        {
            stars++;
            TakeIf("const");
        }

        return (stars, type.Kind, type.Size) switch
        {
            (0, _, _) => type,
            (1, CKind.Number or CKind.Void, 1) => CType.Pointer,
            (1, CKind.Structure or CKind.File, _) => type,
            (2, CKind.Number, 1) => CType.Texts,
            _ => throw new CError(at, "the lab's compiler has pointers to char and to the structures of sockets only"),
        };
    }

    private void External()
    {
        if (!IsTypeNext)
        {
            throw new CError(Peek, Peek.Text == "typedef" || Peek.Text == "enum" ? $"the lab's compiler has no {Peek.Text}" : $"expected identifier or ‘(’ before {Peek.Quoted}");
        }

        CType start = BaseType();
        int mark = _at;
        CType type = Stars(start);
        CToken name = Name();
        if (!Is("("))
        {
            _at = mark;
            Declaration(start);
            return;
        }

        Take();
        var scope = new Dictionary<string, CType>();
        while (!Is(")"))
        {
            Parameter(scope);
            if (!TakeIf(","))
            {
                break;
            }
        }

        Expect(")");
        _functions[name.Text] = type;
        if (TakeIf(";"))
        {
            return;
        }

        Function = name.Text;
        _mainArguments = name.Text == "main" ? scope.Count : _mainArguments;
        _scopes.Add(scope);
        Emit($"def f_{name.Text}({string.Join(", ", scope.Keys.Select(each => "v_" + each))}):");
        _indent++;
        Emit($"global {string.Join(", ", _globals.Keys.Except(scope.Keys).Select(each => "v_" + each).Append("errno"))}");
        Expect("{");
        while (!TakeIf("}"))
        {
            Statement();
        }

        Emit("return 0");
        _indent--;
        _scopes.Clear();
        Function = "";
    }

    private void Parameter(Dictionary<string, CType> scope)
    {
        CType type = Stars(BaseType());
        if (type.Kind == CKind.Void && Is(")"))
        {
            return;
        }

        CToken name = Peek.Kind == CTokenKind.Name ? Take() : new CToken(CTokenKind.Name, $"unnamed{scope.Count}", Peek.Line, Peek.Column, 1);
        if (TakeIf("["))
        {
            type = type.Kind == CKind.Text ? CType.Texts : CType.Pointer;
            _ = Peek.Kind == CTokenKind.Number ? Take() : null;
            Expect("]");
        }

        scope[name.Text] = type;
    }

    /// <summary>Variables of one type, up to the semicolon.</summary>
    private void Declaration(CType start)
    {
        do
        {
            CType type = Stars(start);
            CToken name = Name();
            string? fresh = type.Kind == CKind.Structure && !_tokens[_at - 2].Text.Equals("*", StringComparison.Ordinal) ? CType.Structures[type.Structure].Fresh : null;
            if (TakeIf("["))
            {
                (type, fresh) = Array(type, name);
            }

            if (_scopes.Count > 0 && _globals.ContainsKey(name.Text))
            {
                throw new CError(name, $"the lab's compiler has one ‘{name.Text}’ only, and one stands outside the functions");
            }

            (_scopes.Count > 0 ? _scopes[^1] : _globals)[name.Text] = type;
            if (!TakeIf("="))
            {
                Emit($"v_{name.Text} = {fresh ?? (type.Kind == CKind.Number ? "0" : "None")}");
                continue;
            }

            if (Is("{"))
            {
                // = {0}: all members are zero, as they are when fresh.
                Take();
                CToken zero = Take();
                if (zero is not { Kind: CTokenKind.Number, Text: "0" } && zero.Text != "}")
                {
                    throw new CError(zero, "the lab's compiler takes {0} as the only list of values");
                }

                _ = zero.Text == "}" || TakeIf("}") ? true : throw new CError(Peek, $"expected ‘}}’ before {Peek.Quoted}");
                Emit($"v_{name.Text} = {fresh ?? "0"}");
                continue;
            }

            CValue value = Assignment();
            Emit(type.Kind == CKind.Text && fresh is not null ? $"v_{name.Text} = array({fresh}, {value.Text})" : $"v_{name.Text} = {value.Text}");
        }
        while (TakeIf(","));

        if (!TakeIf(";"))
        {
            throw new CError(Peek, $"expected {(Function.Length == 0 ? "‘=’, ‘,’, ‘;’, ‘asm’ or ‘__attribute__’" : "‘,’ or ‘;’")} before {Peek.Quoted}");
        }
    }

    private (CType Type, string Fresh) Array(CType type, CToken name)
    {
        if (type is not { Kind: CKind.Number, Size: 1 })
        {
            throw new CError(name, "the lab's compiler has arrays of char only");
        }

        CToken length = Take();
        if (length.Text == "]" && Is("="))
        {
            return (CType.Pointer, "None");
        }

        if (length.Kind != CTokenKind.Number || !int.TryParse(length.Text, NumberStyles.None, CultureInfo.InvariantCulture, out int size) || size > 1 << 24)
        {
            throw new CError(length, $"size of array ‘{name.Text}’ must be a number up to 16777216 here");
        }

        Expect("]");
        return (new CType(CKind.Text, "", size), $"bytearray({length.Text})");
    }
}
