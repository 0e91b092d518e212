using System.Text;
using System.Text.Json;
using Finwait.Inspect;

namespace Finwait.Lab;

/// <summary>What is wrong with a topology file: one line with the place.</summary>
internal sealed class TopologyException(string message) : Exception(message);

/// <summary>A value of a topology file with the line it stands on and its path, so that a complaint can name both.</summary>
internal sealed class TopologyNode
{
    private const int MaxDepth = 16;

    private TopologyNode(JsonValueKind kind, int line, string path, string text)
    {
        (Kind, Line, Path, Text) = (kind, line, path, text);
    }

    public JsonValueKind Kind { get; }

    /// <summary>Counted from 1.</summary>
    public int Line { get; }

    /// <summary>"hosts[0].interfaces.eth1"; empty for the whole file.</summary>
    public string Path { get; }

    /// <summary>A string's text, a number as it is written.</summary>
    public string Text { get; }

    /// <summary>Values of a list.</summary>
    public List<TopologyNode> Items { get; } = [];

    /// <summary>Properties of an object in the order of the file.</summary>
    public List<(string Name, TopologyNode Value)> Properties { get; } = [];

    /// <summary>Reads a file. Comments and a comma behind the last value are allowed.</summary>
    /// <exception cref="TopologyException">It is no JSON, or a property stands twice in one object.</exception>
    public static TopologyNode Read(string json)
    {
        byte[] octets = Encoding.UTF8.GetBytes(json);
        var reader = new Utf8JsonReader(octets, new JsonReaderOptions { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip, MaxDepth = MaxDepth });
        try
        {
            if (string.IsNullOrWhiteSpace(json))
            {
                throw new TopologyException("line 1: the file is empty");
            }

            reader.Read();
            TopologyNode root = Value(ref reader, octets, "");
            while (reader.Read())
            {
            }

            return root;
        }
        catch (InvalidOperationException)
        {
            throw new TopologyException($"line {1 + octets.AsSpan(0, (int)reader.TokenStartIndex).Count((byte)'\n')}: this text has half of a surrogate pair");
        }
        catch (JsonException e)
        {
            // "… LineNumber: 3 | BytePositionInLine: 7." stands behind the reason.
            string reason = e.Message.Split(" LineNumber:")[0].TrimEnd('.', ' ');
            throw new TopologyException($"line {(e.LineNumber ?? 0) + 1}: this is no JSON: {reason}");
        }
    }

    /// <summary>The value of a property; null if it is not there.</summary>
    public TopologyNode? Find(string name) => Properties.Find(property => property.Name == name).Value;

    /// <summary>The text of a string.</summary>
    /// <exception cref="TopologyException">It is something else.</exception>
    public string String(string wanted) => Kind == JsonValueKind.String ? Text : throw Wrong($"{wanted} is wanted, not {Describe()}");

    /// <summary>The values of a list.</summary>
    /// <exception cref="TopologyException">It is something else.</exception>
    public IReadOnlyList<TopologyNode> List(string wanted) => Kind == JsonValueKind.Array ? Items : throw Wrong($"a list of {wanted} is wanted, not {Describe()}");

    /// <summary>Makes sure that this is an object with no other properties than these.</summary>
    /// <exception cref="TopologyException">It is something else, or has one more.</exception>
    public void Expect(string wanted, params string[] known)
    {
        if (Kind != JsonValueKind.Object)
        {
            throw Wrong($"{wanted} is wanted, not {Describe()}");
        }

        foreach ((string name, TopologyNode value) in Properties)
        {
            if (known.Length > 0 && !known.Contains(name))
            {
                throw value.Wrong($"there is no such property here; {(NearestWord.Of(name, known) is { } near ? $"did you mean {near}?" : "there are " + string.Join(", ", known))}");
            }
        }
    }

    /// <summary>A complaint about this value.</summary>
    public TopologyException Wrong(string what) => new($"line {Line}: {(Path.Length == 0 ? "" : Path + ": ")}{what}");

    private string Describe() => Kind switch
    {
        JsonValueKind.String => $"'{Text}'",
        JsonValueKind.Number => Text,
        JsonValueKind.Array => "a list",
        JsonValueKind.Object => "an object",
        JsonValueKind.Null => "null",
        _ => Kind == JsonValueKind.True ? "true" : "false",
    };

    private static TopologyNode Value(ref Utf8JsonReader reader, byte[] octets, string path)
    {
        int line = 1 + octets.AsSpan(0, (int)reader.TokenStartIndex).Count((byte)'\n');
        switch (reader.TokenType)
        {
            case JsonTokenType.StartArray:
                var list = new TopologyNode(JsonValueKind.Array, line, path, "");
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    list.Items.Add(Value(ref reader, octets, $"{path}[{list.Items.Count}]"));
                }

                return list;
            case JsonTokenType.StartObject:
                var node = new TopologyNode(JsonValueKind.Object, line, path, "");
                while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
                {
                    string name = reader.GetString()!;
                    reader.Read();
                    TopologyNode value = Value(ref reader, octets, path.Length == 0 ? name : $"{path}.{name}");
                    if (node.Find(name) is not null)
                    {
                        throw value.Wrong("this property stands here twice");
                    }

                    node.Properties.Add((name, value));
                }

                return node;
            case JsonTokenType.String:
                return new TopologyNode(JsonValueKind.String, line, path, reader.GetString()!);
            case JsonTokenType.Number:
                return new TopologyNode(JsonValueKind.Number, line, path, Encoding.UTF8.GetString(reader.ValueSpan));
            case JsonTokenType.True or JsonTokenType.False:
                return new TopologyNode(reader.TokenType == JsonTokenType.True ? JsonValueKind.True : JsonValueKind.False, line, path, "");
            default:
                return new TopologyNode(JsonValueKind.Null, line, path, "");
        }
    }
}
