using System.Text;

namespace Finwait.Lab;

/// <summary>Lays out the cells of <c>ss</c> in columns, as iproute2 6.1 does it.</summary>
internal sealed class SsLayout
{
    internal const int Netid = 0, State = 1, ReceiveQueue = 2, SendQueue = 3, LocalAddress = 4, LocalPort = 5, PeerAddress = 6, PeerPort = 7, Process = 8;
    internal const int ColumnCount = 9;

    private static readonly string[] s_headers = ["Netid", "State", "Recv-Q", "Send-Q", "Local Address:", "Port", "Peer Address:", "Port", "Process"];

    // A port stands directly behind its address; the Process cell brings its own blank.
    private static readonly bool[] s_hasLeadingBlank = [false, true, true, true, true, false, true, false, false];

    private readonly bool[] _isHidden = new bool[ColumnCount];
    private readonly int[] _width = new int[ColumnCount];
    private readonly List<string[]> _rows = [];

    internal SsLayout(bool showNetid, bool showState, bool showHeader)
    {
        _isHidden[Netid] = !showNetid;
        _isHidden[State] = !showState;
        if (showHeader)
        {
            _rows.Add(s_headers);
        }
    }

    /// <summary>Adds a row of <see cref="ColumnCount"/> cells; cells of hidden columns are ignored.</summary>
    internal void Add(string[] cells) => _rows.Add(cells);

    /// <summary>The whole table.</summary>
    /// <param name="terminalWidth">Columns of the terminal, or <c>null</c> for the narrow form that goes to files and pipes.</param>
    internal string Render(int? terminalWidth)
    {
        int first = MeasureColumns(terminalWidth ?? int.MaxValue);
        if (terminalWidth is int screen)
        {
            ShareOut(screen);
        }

        StringBuilder text = new();
        foreach (string[] cells in _rows)
        {
            for (int column = 0; column < ColumnCount; column++)
            {
                if (_width[column] > 0 || (column == Process && cells[column].Length > 0))
                {
                    AppendCell(text, cells[column], column, column != first && s_hasLeadingBlank[column]);
                }
            }

            text.Append('\n');
        }

        return text.ToString();
    }

    // Returns the first column that shows; it has no leading blank.
    private int MeasureColumns(int limit)
    {
        Array.Clear(_width);
        for (int row = 0; row < _rows.Count; row++)
        {
            for (int column = 0; column < ColumnCount; column++)
            {
                // ss measures a cell when the next one begins, so the very last cell of a list never counts; that of the header alone does.
                bool isOpen = column == Process && row == _rows.Count - 1 && _rows[row] != s_headers;
                if (!_isHidden[column] && !isOpen)
                {
                    _width[column] = Math.Max(_width[column], _rows[row][column].Length);
                }
            }
        }

        int first = -1;
        for (int column = 0; column < ColumnCount; column++)
        {
            if (_width[column] == 0)
            {
                continue;
            }

            if (first >= 0 && s_hasLeadingBlank[column])
            {
                _width[column]++;
            }

            first = first < 0 ? column : first;
            _width[column] = Math.Min(_width[column], limit);
        }

        return first;
    }

    // Columns are taken into a group as long as they fit on one screen line; what is left of the line is shared out
    // over the group, the remainder one each from the right.
    private void ShareOut(int screen)
    {
        int start = 0;
        while (start < ColumnCount)
        {
            int used = 0, count = 0, end = start;
            while (end < ColumnCount && used + _width[end] <= screen)
            {
                used += _width[end];
                count += _width[end] > 0 ? 1 : 0;
                end++;
            }

            if (count > 0)
            {
                int each = (screen - used) / count;
                int remainder = (screen - used) % count;
                for (int column = end - 1; column >= start; column--)
                {
                    if (_width[column] > 0)
                    {
                        _width[column] += each + (remainder-- > 0 ? 1 : 0);
                    }
                }
            }

            start = Math.Max(end, start + 1);
        }
    }

    private void AppendCell(StringBuilder text, string cell, int column, bool leadingBlank)
    {
        if (column is LocalAddress or PeerAddress)
        {
            text.Append(' ', Math.Max(leadingBlank ? 1 : 0, _width[column] - cell.Length)).Append(cell);
            return;
        }

        int length = cell.Length + (leadingBlank ? 1 : 0);
        if (leadingBlank)
        {
            text.Append(' ');
        }

        text.Append(cell).Append(' ', Math.Max(0, _width[column] - length));
    }
}
