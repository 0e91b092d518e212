using Finwait.Lab;

namespace Finwait.Cli;

/// <summary>Where a line is typed: a host, one of its windows, and the mark of its prompt ($, &gt; or &lt;).</summary>
internal readonly record struct LabPlace(string Host, LabWindow Window, char Mark);

/// <summary>A prompt and what is typed behind it.</summary>
/// <param name="Prompt">The prompt without colours.</param>
/// <param name="Color">SGR parameters for it; empty for none.</param>
/// <param name="Text">The line.</param>
/// <param name="Cursor">Characters before the cursor.</param>
internal readonly record struct TypedLine(string Prompt, string Color, string Text, int Cursor);

/// <summary>How the lab uses a terminal: as lines below each other, or as windows side by side.</summary>
internal interface ILabScreen
{
    /// <summary>The line that is being typed begins below what stands there.</summary>
    void Begin();

    /// <summary>Draws the line that is being typed.</summary>
    void Draw(LabPlace place, in TypedLine line);

    /// <summary>The line is finished, with something behind it (^C); what comes next goes below.</summary>
    void Finish(LabPlace place, in TypedLine line, string behind = "");

    /// <summary>What a host or the lab printed.</summary>
    void Print(LabPlace place, LabLine line);

    /// <summary>Words of the terminal itself.</summary>
    void Say(LabPlace place, string text, string color);

    /// <summary>The words that Tab found.</summary>
    void Offer(LabPlace place, IReadOnlyList<string> words);

    /// <summary>Ctrl-L.</summary>
    void Clear(LabPlace place);

    /// <summary>After a line: the states that all ends are in.</summary>
    void Tell(LabPlace place, IReadOnlyList<LabEnd> ends);
}
