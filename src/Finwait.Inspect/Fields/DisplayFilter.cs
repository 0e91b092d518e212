namespace Finwait.Inspect;

/// <summary>
/// A display filter in Wireshark's language: <c>tcp.port == 7456 and tcp.flags.syn == 1</c>. A documented part of that language over the fields of the headers that
/// Finwait takes apart; what lies outside says so.
/// </summary>
/// <remarks>
/// A name alone asks whether the packet has such a field, whatever its value. A name can stand for several fields (<c>tcp.port</c>): <c>==</c>, <c>&lt;</c> and the like
/// hold if one of them does, <c>!=</c> if all of them differ. Immutable; can be used from several threads.
/// </remarks>
public sealed class DisplayFilter
{
    private readonly DisplayTest _test;

    private DisplayFilter(string text, DisplayTest test) => (Text, _test) = (text, test);

    /// <summary>As it was written.</summary>
    public string Text { get; }

    /// <summary>The names of all fields that a filter can ask about, in the order of the headers.</summary>
    public static IReadOnlyList<string> FieldNames { get; } = [.. FieldCatalogue.All.Select(field => field.Name)];

    /// <summary>What a field means, in one sentence with the document that says so.</summary>
    /// <returns>Null for a name that is no field.</returns>
    public static string? MeaningOf(string field) => FieldCatalogue.Find(field)?.Meaning;

    /// <summary>Reads a filter.</summary>
    /// <param name="text">The filter, at most 2,000 characters.</param>
    /// <param name="complaint">What is wrong with it, if it cannot be read: the writer's error.</param>
    /// <returns>The filter; null if it cannot be read.</returns>
    public static DisplayFilter? Read(string text, out string complaint)
    {
        ArgumentNullException.ThrowIfNull(text);
        try
        {
            DisplayTest test = DisplayFilterReader.Read(text);
            complaint = "";
            return new DisplayFilter(text, test);
        }
        catch (FormatException e)
        {
            complaint = e.Message;
            return null;
        }
    }

    internal bool Matches(PacketFields packet) => _test.Holds(packet);
}
