namespace Finwait.Lab.Tests;

/// <summary>What a reader sees of the page's pictures in a real browser: names beside rings, labels beside each other, calls where they were made.</summary>
public sealed class PagePictureTests(Browser browser) : IClassFixture<Browser>
{
    private const string Now = "document.getElementById('now').textContent";
    private const string Ends = "[...document.querySelectorAll('.diagram.now [data-end]')].map(e => e.textContent)";

    /// <summary>Pairs of texts whose turned boxes overlap by more than a pixel.</summary>
    private const string Overlapping = """
        (() => {
          const corners = text => {
            const box = text.getBBox(), matrix = text.getScreenCTM();
            return [[box.x, box.y], [box.x + box.width, box.y], [box.x + box.width, box.y + box.height], [box.x, box.y + box.height]].map(([x, y]) => new DOMPoint(x, y).matrixTransform(matrix));
          };
          const apart = (a, b) => [[a, 0, 1], [a, 1, 2], [b, 0, 1], [b, 1, 2]].some(([of, from, to]) => {
            const length = Math.hypot(of[to].x - of[from].x, of[to].y - of[from].y), [x, y] = [(of[to].x - of[from].x) / length, (of[to].y - of[from].y) / length];
            const shadow = points => points.map(point => point.x * x + point.y * y);
            const [first, second] = [shadow(a), shadow(b)];
            return Math.min(Math.max(...first) - Math.min(...second), Math.max(...second) - Math.min(...first)) < 1;
          });
          const texts = [...document.querySelectorAll('#ladder .d-packet-text text.d-label')].map(text => ({ name: text.textContent, box: corners(text) }));
          const pairs = [];
          texts.forEach((one, i) => texts.slice(i + 1).forEach(other => { if (!apart(one.box, other.box)) pairs.push(`${one.name} / ${other.name}`); }));
          return pairs.join('\n') || `${texts.length} apart`;
        })()
        """;

    private static string PageOf(string scenario)
    {
        var session = new LabSession();
        LabTranscript.Play(session, LabScenarios.Read(scenario), TextWriter.Null, TextWriter.Null);
        return session.Page(scenario);
    }

    [BrowserTheory]
    [InlineData("End", "ESTABLISHED,ESTABLISHED")]
    [InlineData("Home", "CLOSED,CLOSED")] // at the upper edge
    public async Task Page_BothEndsInOneState_TheirNamesStandBesideBothRings(string key, string ends)
    {
        BrowserPage page = await browser.NewPage();
        await page.Show(PageOf("03-handshake"));
        await page.Press(key);
        Assert.Equal(ends, await page.Ask(Ends));
        Assert.Equal("true,true", await page.Ask("""
            ['client', 'server'].map(role => {
              const tag = document.querySelector(`.diagram.now .tag.${role}`).getBoundingClientRect(), paper = document.querySelector('.diagram.now svg').getBoundingClientRect();
              const rings = ['client', 'server'].map(each => document.querySelector(`.diagram.now .ring.${each}`).getBoundingClientRect());
              return tag.top >= paper.top - 1 && rings.every(ring => tag.bottom <= ring.top + 2);
            })
            """));
    }

    [BrowserFact]
    public async Task Page_EndInTimeWait_ItsRingLeavesTheLabelsAlone()
    {
        BrowserPage page = await browser.NewPage();
        await page.Show(PageOf("05-server-closes-first"));
        await page.Press("End");
        Assert.Equal("CLOSED,TIME-WAIT", await page.Ask(Ends));
        Assert.Equal("", await page.Ask("""
            (() => {
              const ring = document.querySelector('.diagram.now .ring.server').getBoundingClientRect();
              return [...document.querySelectorAll('.diagram.now .d-label')].filter(label => {
                const box = label.getBoundingClientRect();
                return box.right > ring.left && box.left < ring.right && box.bottom > ring.top + 2 && box.top < ring.bottom - 2;
              }).map(label => label.textContent);
            })()
            """));
    }

    [BrowserFact]
    public async Task Page_PacketOfNoConnection_SaysNothingOfEnds()
    {
        BrowserPage page = await browser.NewPage();
        await page.Show(PageOf("udp-refused"), "#packet=2");
        Assert.Contains("Packet 2: ICMP port unreachable", await page.Ask(Now), StringComparison.Ordinal);
        Assert.DoesNotContain("CLOSED", await page.Ask(Now), StringComparison.Ordinal);
        Assert.Equal(",", await page.Ask(Ends));
        Assert.Equal("none,none", await page.Ask("['client', 'server'].map(role => getComputedStyle(document.querySelector(`.diagram.now .ring.${role}`).parentElement).display)"));
        await page.Show(PageOf("udp-refused"), "#packet=3");
        Assert.EndsWith("client SYN-SENT, server CLOSED", await page.Ask(Now), StringComparison.Ordinal);
    }

    // Calls that no typed line stands for have their moments, each before what it led to.
    [BrowserFact]
    public async Task Page_CallsOfPrograms_AreStopsOfTheCursor()
    {
        BrowserPage page = await browser.NewPage();
        await page.Show(PageOf("python-programs"), "#packet=5");
        await page.Press("ArrowRight");
        Assert.Contains(": romeo: close() — client ESTABLISHED, server ESTABLISHED", await page.Ask(Now), StringComparison.Ordinal);
        Assert.Equal("close()", (await page.Ask("document.querySelector('#ladder .d-note-of.now').textContent")).Trim());
        await page.Press("ArrowRight");
        Assert.StartsWith("FIN-WAIT-1,", await page.Ask(Ends), StringComparison.Ordinal);
        await page.Press("ArrowRight");
        Assert.Contains("Packet 6: FIN,ACK", await page.Ask(Now), StringComparison.Ordinal);
    }

    [BrowserTheory]
    [InlineData("19a-fast-retransmit-sack")]
    [InlineData("04d-send-100kB-slow-link")]
    public async Task Page_LabelsOfABurst_StandBesideEachOther(string scenario)
    {
        BrowserPage page = await browser.NewPage();
        await page.Show(PageOf(scenario));
        Assert.EndsWith(" apart", await page.Ask(Overlapping), StringComparison.Ordinal);
    }
}
