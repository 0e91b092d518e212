namespace Finwait.Architecture.Tests;

/// <summary>The house as it is drawn: which room may know which. A new room is a decision (docs/decisions) and a row here.</summary>
internal static class Rooms
{
    /// <summary>The rooms a room may reference. Whatever stands to the right stands lower.</summary>
    public static readonly Dictionary<string, string[]> MayReference = new(StringComparer.Ordinal)
    {
        ["Wire"] = [],
        ["Tcp"] = ["Wire"],
        ["Stack"] = ["Tcp", "Wire"],
        ["Sim"] = ["Stack", "Tcp", "Wire"],
        ["Capture"] = ["Wire"],
        ["Inspect"] = ["Capture", "Wire"],
        ["Drill"] = ["Capture", "Stack", "Tcp", "Wire"],
        ["Linux"] = ["Stack", "Tcp", "Wire"],
        ["Lab"] = ["Inspect", "Capture", "Sim", "Stack", "Tcp", "Wire"],
        ["Bench"] = ["Inspect", "Capture", "Stack", "Tcp", "Wire"],
        ["Explore"] = ["Tcp", "Wire"],
        ["Cli"] = ["Bench", "Drill", "Explore", "Lab", "Linux", "Inspect", "Capture", "Sim", "Stack", "Tcp", "Wire"],
    };

    /// <summary>No clock, thread, file, static random or console: what must run where there is one thread and no operating system.</summary>
    public static readonly string[] SansIo = ["Wire", "Tcp", "Stack", "Sim", "Capture", "Inspect", "Lab", "Drill", "Explore"];

    /// <summary>No event and no callback either: outputs are polled.</summary>
    public static readonly string[] Polled = ["Wire", "Tcp", "Stack", "Sim"];

    /// <summary>Nothing but the base library.</summary>
    public static readonly string[] BaseLibraryOnly = ["Wire", "Tcp", "Stack", "Sim", "Capture", "Inspect", "Drill"];

    /// <summary>The rooms that exist in this checkout.</summary>
    public static IEnumerable<string> Present =>
        Repository.Files("src", "*.csproj").Select(path => Path.GetFileNameWithoutExtension(path)["Finwait.".Length..]);

    /// <summary>The assembly of a room, as built for these tests.</summary>
    public static string AssemblyOf(string room) => Path.Combine(AppContext.BaseDirectory, room == "Cli" ? "finwait.dll" : $"Finwait.{room}.dll");
}
