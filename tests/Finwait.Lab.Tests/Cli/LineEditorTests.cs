using Finwait.Cli;

namespace Finwait.Lab.Tests;

/// <summary>The line editor: keys in, the line on the screen.</summary>
public sealed class LineEditorTests
{
    private readonly LineEditor _editor = new(new LineHistory());

    private static ConsoleKeyInfo Key(ConsoleKey key, bool control = false, bool alt = false, char c = '\0') => new(c, key, false, alt, control);

    private LineEditorTests Typed(string text)
    {
        foreach (char c in text)
        {
            _editor.Press(Key(ConsoleKey.None, c: c));
        }

        return this;
    }

    private string Shown => _editor.Text.Insert(_editor.Cursor, "^");

    [Theory]
    [InlineData(ConsoleKey.LeftArrow, false, "ss -ta^n")]
    [InlineData(ConsoleKey.RightArrow, false, "ss -tan^")]
    [InlineData(ConsoleKey.Home, false, "^ss -tan")]
    [InlineData(ConsoleKey.A, true, "^ss -tan")]
    [InlineData(ConsoleKey.B, true, "ss -ta^n")]
    [InlineData(ConsoleKey.Backspace, false, "ss -ta^")]
    [InlineData(ConsoleKey.H, true, "ss -ta^")]
    [InlineData(ConsoleKey.U, true, "^")]
    [InlineData(ConsoleKey.W, true, "ss ^")]
    [InlineData(ConsoleKey.LeftArrow, true, "ss -^tan")]
    [InlineData(ConsoleKey.D, true, "ss -tan^")]
    public void Key_AtTheEnd_MovesOrDeletes(ConsoleKey key, bool control, string expected)
    {
        Typed("ss -tan")._editor.Press(Key(key, control));

        Assert.Equal(expected, Shown);
    }

    [Theory]
    [InlineData(ConsoleKey.End, false, "ss -tan^")]
    [InlineData(ConsoleKey.E, true, "ss -tan^")]
    [InlineData(ConsoleKey.F, true, "ss^ -tan")]
    [InlineData(ConsoleKey.Delete, false, "s^ -tan")]
    [InlineData(ConsoleKey.D, true, "s^ -tan")]
    [InlineData(ConsoleKey.K, true, "s^")]
    [InlineData(ConsoleKey.U, true, "^s -tan")]
    [InlineData(ConsoleKey.RightArrow, true, "ss^ -tan")]
    public void Key_BehindTheFirstLetter_MovesOrDeletes(ConsoleKey key, bool control, string expected)
    {
        Typed("ss -tan")._editor.Press(Key(ConsoleKey.Home));
        _editor.Press(Key(ConsoleKey.RightArrow));

        _editor.Press(Key(key, control));

        Assert.Equal(expected, Shown);
    }

    // Single characters that are deleted do not take the place of what was killed.
    [Theory]
    [InlineData(ConsoleKey.D, true, "kept")]
    [InlineData(ConsoleKey.H, true, "keptx")]
    [InlineData(ConsoleKey.Delete, false, "kept")]
    [InlineData(ConsoleKey.Backspace, false, "keptx")]
    public void Deleted_Character_IsNotKept(ConsoleKey key, bool control, string expected)
    {
        Typed("kept")._editor.Press(Key(ConsoleKey.U, control: true));
        Typed("x")._editor.Press(Key(ConsoleKey.Home));

        _editor.Press(Key(key, control));
        _editor.Press(Key(ConsoleKey.Y, control: true));

        Assert.Equal(expected, _editor.Text);
    }

    [Fact]
    public void Killed_Text_ComesBackWhereTheCursorIs()
    {
        Typed("one two")._editor.Press(Key(ConsoleKey.W, control: true));
        _editor.Press(Key(ConsoleKey.Home));

        _editor.Press(Key(ConsoleKey.Y, control: true));

        Assert.Equal("two^one ", Shown);
    }

    [Fact]
    public void History_UpAndDown_KeepsTheUnfinishedLine()
    {
        Typed("first")._editor.Take();
        Typed("second")._editor.Take();
        Typed("second")._editor.Take();
        Typed("unfin");

        string Go(ConsoleKey key)
        {
            _editor.Press(Key(key));
            return Shown;
        }

        Assert.Equal(["second^", "first^", "first^", "second^", "unfin^", "unfin^"], [Go(ConsoleKey.UpArrow), Go(ConsoleKey.UpArrow), Go(ConsoleKey.UpArrow), Go(ConsoleKey.DownArrow), Go(ConsoleKey.DownArrow), Go(ConsoleKey.DownArrow)]);
    }

    [Theory]
    [InlineData(ConsoleKey.C, EditorStep.Interrupted)]
    [InlineData(ConsoleKey.L, EditorStep.ClearScreen)]
    [InlineData(ConsoleKey.J, EditorStep.Entered)]
    [InlineData(ConsoleKey.I, EditorStep.Completion)]
    public void Control_Key_IsToldToTheCaller(ConsoleKey key, object expected) => Assert.Equal(expected, _editor.Press(Key(key, control: true)));

    [Fact]
    public void ControlD_OnAnEmptyLineOnly_EndsTheInput()
    {
        Assert.Equal(EditorStep.EndOfInput, _editor.Press(Key(ConsoleKey.D, control: true)));
        Typed("x");
        Assert.Equal(EditorStep.Edited, _editor.Press(Key(ConsoleKey.D, control: true)));
    }

    [Theory]
    [InlineData(new[] { "tcpdump" }, "tcpdump^ -i", true)]
    [InlineData(new[] { "tcpdump", "tcprewrite" }, "tcp^ -i", true)]
    [InlineData(new[] { "tc", "tcpdump" }, "tc^ -i", false)]
    [InlineData(new string[0], "tc^ -i", false)]
    public void Completion_OfAWordInTheMiddle_AddsWhatAllHaveInCommon(string[] words, string expected, bool added)
    {
        Typed("tc -i");
        Array.ForEach(["1", "2", "3"], _ => _editor.Press(Key(ConsoleKey.LeftArrow)));

        Assert.Equal(added, _editor.Complete(0, words));
        Assert.Equal(expected, Shown);
    }

    // Every text at every width, with the cursor at every place: the rows are the text cut at the width, the cursor stands where it belongs.
    [Theory]
    [InlineData(20)]
    [InlineData(21)]
    [InlineData(33)]
    public void Screen_AnyLengthAndCursor_ShowsTheLineOverItsRows(int width)
    {
        string line = string.Concat(Enumerable.Range(0, 70).Select(i => (char)('a' + (i % 26))));
        for (int length = 0; length <= line.Length; length++)
        {
            var terminal = new FakeTerminal(width);
            var screen = new EditorScreen(terminal);
            for (int typed = 0; typed <= length; typed++)
            {
                screen.Draw("romeo$ ", "", line[..typed], typed);
            }

            int cursor = length / 3;
            screen.Draw("romeo$ ", "", line[..length], cursor);

            string all = "romeo$ " + line[..length];
            Assert.Equal(all.Chunk(width).Select(row => new string(row).TrimEnd()), terminal.Screen.Where((row, i) => i == 0 || row.Length > 0));
            Assert.Equal(((7 + cursor) / width, (7 + cursor) % width), terminal.Cursor);
            screen.Finish("romeo$ ", line[..length]);
            Assert.Equal(((all.Length / width) + 1, 0), terminal.Cursor);
        }
    }

    [Theory]
    [InlineData("one two three", 8, 0, new[] { "one two", "three" })]
    [InlineData("one two three", 8, 2, new[] { "one two", "  three" })]
    [InlineData("one twothreefour", 8, 0, new[] { "one", "twothreefour" })]
    [InlineData("exactly8", 8, 0, new[] { "exactly8" })]
    [InlineData("exactly8 more", 8, 0, new[] { "exactly8", "more" })]
    [InlineData("one four next", 8, 0, new[] { "one four", "next" })]
    [InlineData("a b c d e", 4, 2, new[] { "a b", "  c", "  d", "  e" })]
    [InlineData("", 8, 0, new[] { "" })]
    [InlineData("unbroken12", 8, 0, new[] { "unbroken12" })]
    public void Wrap_AtAWidth_BreaksBetweenWords(string text, int width, int indent, string[] expected) => Assert.Equal(expected, TextWrap.Rows(text, width, indent));
}
