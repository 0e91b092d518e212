using System.Text.Json;
using Finwait.Capture;
using Finwait.Inspect;

namespace Finwait.Lab.Tests;

/// <summary>The display filter of a page in a real browser: it selects what tshark 4.0 selects from captures of a real kernel.</summary>
public sealed class PageFilterTests(Browser browser) : IClassFixture<Browser>
{
    private static readonly string s_folder = GoldenFiles.Path("display-filters");

    [BrowserTheory]
    [InlineData("display-filters/mixed")]
    [InlineData("19a-fast-retransmit-sack/romeo")]
    [InlineData("22-ipv6/juliet")]
    [InlineData("24-nc-session/juliet")]
    public async Task Filter_OnAKernelsCapture_SelectsWhatTsharkSelects(string capture)
    {
        BrowserPage page = await browser.NewPage();
        await page.Show(PageOf(capture));
        var wrong = new List<string>();
        int count = 0;
        foreach (string line in File.ReadLines(Path.Combine(s_folder, "expected.txt")).Where(line => line.StartsWith(capture + "\t", StringComparison.Ordinal)))
        {
            string[] parts = line.Split('\t');
            string selected = await page.Ask($"(() => {{ const box = document.getElementById('filter'); box.value = {JsonSerializer.Serialize(parts[1])}; box.dispatchEvent(new Event('input')); return box.getAttribute('aria-invalid') === 'true' ? document.getElementById('filter-said').textContent : [...document.querySelectorAll('#packets tr[data-packet]')].filter(row => row.offsetParent !== null).map(row => row.dataset.packet).join(' '); }})()");
            count++;
            if (selected != parts[2])
            {
                wrong.Add($"{parts[1]}: tshark selects '{parts[2]}', the page '{selected}'");
            }
        }

        Assert.True(count > 100, "filters are missing");
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        Assert.Empty(page.Complaints());
    }

    [BrowserFact]
    public async Task Filter_ThatIsWrong_SaysSoAndLeavesTheList()
    {
        BrowserPage page = await browser.NewPage();
        await page.Show(PageOf("24-nc-session/juliet"));
        Assert.Equal("10 of 49", await Said(page, "tcp.port == 234 and tcp.flags.fin == 1"));
        Assert.Equal("\"tcp.prt\" is no field", await Said(page, "tcp.prt == 4000"));
        Assert.Equal("'=' compares nothing: write ==", await Said(page, "tcp.port = 4000"));
        Assert.Equal("\"abc\" where tcp.port is compared with a number", await Said(page, "tcp.port == abc"));
        Assert.Equal("the filter ends where a value for tcp.port is expected", await Said(page, "tcp.port =="));
        Assert.Equal("']' is missing", await Said(page, "tcp[0"));
        Assert.Equal("more than 50 parentheses and nots in each other", await Said(page, new string('(', 200) + "tcp"));
        Assert.Equal("10", await page.Ask("[...document.querySelectorAll('#packets tr[data-packet]')].filter(row => row.offsetParent !== null).length"));
        Assert.Equal("", await Said(page, ""));
        Assert.Equal("49", await page.Ask("[...document.querySelectorAll('#packets tr[data-packet]')].filter(row => row.offsetParent !== null).length"));
    }

    [BrowserFact]
    public async Task Filter_Passed_MakesTheOthersPaleInTheLadderAndTheKeysPassThemOver()
    {
        BrowserPage page = await browser.NewPage();
        await page.Show(PageOf("24-nc-session/juliet"));
        await Said(page, "tcp.flags.fin == 1");
        string shown = await page.Ask("[...document.querySelectorAll('#packets tr[data-packet]')].filter(row => row.offsetParent !== null).map(row => row.dataset.packet)");
        Assert.Equal(shown, await page.Ask("[...document.querySelectorAll('.d-packet:not(.aside)')].map(arrow => arrow.dataset.packet)"));
        string[] numbers = shown.Split(',');
        await page.Click($"#packets tr[data-packet='{numbers[0]}'] a");
        await page.Press("ArrowDown");
        Assert.Equal(numbers[1], await page.Ask("document.querySelector('#packets tr[aria-current]').dataset.packet"));
    }

    [BrowserFact]
    public async Task Field_PointedAt_SaysWhatItMeans()
    {
        BrowserPage page = await browser.NewPage();
        await page.Show(PageOf("24-nc-session/juliet"), "#packet=3");
        await page.Ask("[...document.querySelectorAll('article.now [data-f]')].find(field => displayFilter.fieldIn(field).name === 'tcp.window_size').id = 'window'");
        await page.Click("#window");
        Assert.Equal("tcp.window_size: " + DisplayFilter.MeaningOf("tcp.window_size"), await page.Ask("document.querySelector('article.now .meaning').textContent"));
    }

    private static Task<string> Said(BrowserPage page, string filter) => page.Ask($"(() => {{ const box = document.getElementById('filter'); box.value = {JsonSerializer.Serialize(filter)}; box.dispatchEvent(new Event('input')); return document.getElementById('filter-said').textContent; }})()");

    private static string PageOf(string capture)
    {
        var packets = new List<RunPacket>();
        using FileStream file = File.OpenRead(GoldenFiles.Path(capture + ".pcap"));
        Assert.True(CaptureReader.TryOpen(file, out CaptureReader? reader, out _));
        while (reader.TryRead(out PacketRecord record))
        {
            packets.Add(new RunPacket { From = 0, To = 1, Sent = TimeSpan.FromMilliseconds(packets.Count), Ended = TimeSpan.FromMilliseconds(packets.Count), Fate = RunFate.Arrived, Octets = record.Data.ToArray(), LinkType = record.LinkType });
        }

        return new RunDrawings(new RunRecord { Hosts = [new RunHost("a", "0"), new RunHost("b", "1")], Packets = packets, End = TimeSpan.FromSeconds(1) }).Page();
    }
}
