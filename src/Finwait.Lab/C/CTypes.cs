namespace Finwait.Lab;

/// <summary>The types that the lab's C knows.</summary>
internal enum CKind : byte
{
    /// <summary>A whole number of any size; it does not overflow.</summary>
    Number,

    /// <summary>A string or an array of char.</summary>
    Text,

    /// <summary>One of the structures of the socket interface, or a pointer to one.</summary>
    Structure,

    /// <summary>An array of strings: argv.</summary>
    Texts,

    /// <summary>FILE *.</summary>
    File,

    /// <summary>Nothing.</summary>
    Void,
}

/// <summary>A type.</summary>
/// <param name="Kind">Which.</param>
/// <param name="Structure">Name of the structure; empty for others.</param>
/// <param name="Size">What <c>sizeof</c> gives; octets.</param>
internal sealed record CType(CKind Kind, string Structure, int Size)
{
    public static readonly CType Int = new(CKind.Number, "", 4);
    public static readonly CType Void = new(CKind.Void, "", 1);
    public static readonly CType Pointer = new(CKind.Text, "", 8);
    public static readonly CType File = new(CKind.File, "", 8);
    public static readonly CType Texts = new(CKind.Texts, "", 8);

    /// <summary>The words of whole numbers, and their sizes; several of them make one type.</summary>
    public static readonly IReadOnlyDictionary<string, int> Words = new Dictionary<string, int>(StringComparer.Ordinal)
    {
        ["int"] = 4, ["long"] = 8, ["short"] = 2, ["char"] = 1, ["unsigned"] = 4, ["signed"] = 4, ["void"] = 1, ["const"] = 4, ["static"] = 4, ["volatile"] = 4, ["size_t"] = 8, ["ssize_t"] = 8, ["socklen_t"] = 4,
        ["uint8_t"] = 1, ["uint16_t"] = 2, ["uint32_t"] = 4, ["int32_t"] = 4, ["int64_t"] = 8, ["uint64_t"] = 8, ["in_addr_t"] = 4, ["in_port_t"] = 2, ["pid_t"] = 4, ["time_t"] = 8, ["FILE"] = 8, ["struct"] = 0, ["bool"] = 1,
    };

    /// <summary>The structures: size, how Python writes a fresh one, and where each member stands in it.</summary>
    public static readonly IReadOnlyDictionary<string, (int Size, string Fresh, string[] Members)> Structures = new Dictionary<string, (int, string, string[])>(StringComparer.Ordinal)
    {
        ["sockaddr_in"] = (16, "[0, 0, [0], bytearray(8)]", ["sin_family", "sin_port", "sin_addr", "sin_zero"]),
        ["sockaddr"] = (16, "[0, 0, [0], bytearray(8)]", ["sa_family"]),
        ["sockaddr_storage"] = (128, "[0, 0, [0], bytearray(8)]", ["ss_family"]),
        ["in_addr"] = (4, "[0]", ["s_addr"]),
        ["linger"] = (8, "[0, 0]", ["l_onoff", "l_linger"]),
        ["timeval"] = (16, "[0, 0]", ["tv_sec", "tv_usec"]),
    };

    /// <summary>The type of a member of a structure.</summary>
    public static CType Member(string member) => member switch
    {
        "sin_addr" => new CType(CKind.Structure, "in_addr", 4),
        "sin_zero" => new CType(CKind.Text, "", 8),
        "sin_port" or "sin_family" or "sa_family" or "ss_family" => new CType(CKind.Number, "", 2),
        _ => Int,
    };
}

/// <summary>An expression, in Python.</summary>
/// <param name="Text">The Python.</param>
/// <param name="Type">Its type.</param>
/// <param name="At">Where it begins in the C.</param>
internal sealed record CValue(string Text, CType Type, CToken At)
{
    /// <summary>It can stand to the left of <c>=</c>.</summary>
    public bool IsPlace { get; init; }

    /// <summary>The address of a number: a function may write there.</summary>
    public bool IsReference { get; init; }

    /// <summary>It does something besides having a value.</summary>
    public bool Acts { get; init; }

    /// <summary>A string as it stands in the program; null for all else.</summary>
    public string? Literal { get; init; }
}
