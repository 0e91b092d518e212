using System.Globalization;

namespace Finwait.Lab.Tests;

/// <summary>The page of a run in a real browser: one cursor for all its parts, and nothing of the run that is taken for markup.</summary>
public sealed class PageBrowserTests(Browser browser) : IClassFixture<Browser>
{
    private const string Row = "document.querySelector('#packets tr[aria-current]')?.dataset.packet";
    private const string Article = "[...document.querySelectorAll('article')].filter(a => a.offsetParent !== null).map(a => a.dataset.packet)";
    private const string Arrow = "[...document.querySelectorAll('.d-packet.now')].map(a => a.dataset.packet)";
    private const string Line = "document.querySelector('#transcript li[aria-current]')?.textContent";
    private const string Ends = "[...document.querySelectorAll('.diagram.now [data-end]')].map(e => e.textContent)";
    private const string Step = "document.querySelector('.diagram.now .steps li[aria-current] b')?.textContent";
    private const string Fragment = "location.hash";

    private static string PageOf(string scenario) => Played(LabScenarios.Read(scenario)).Page(scenario);

    private static LabSession Played(IReadOnlyList<string> lines)
    {
        var session = new LabSession();
        LabTranscript.Play(session, lines, TextWriter.Null, TextWriter.Null);
        return session;
    }

    // Wanted: selecting anything moves everything else to the same moment.
    [BrowserFact]
    public async Task Page_OpenedAtAPacket_ShowsItInAllParts()
    {
        BrowserPage page = await browser.NewPage();
        await page.Show(PageOf("05-server-closes-first"), "#packet=7");
        Assert.Equal("7", await page.Ask(Row));
        Assert.Equal("7", await page.Ask(Article));
        Assert.Equal("7", await page.Ask(Arrow));
        Assert.Equal("juliet> conn_sock.close()", await page.Ask(Line));
        Assert.Equal("CLOSE-WAIT,FIN-WAIT-1", await page.Ask(Ends)); // the ACK has left romeo and is not at juliet yet
        Assert.Equal("true,true", await page.Ask("[['client', 7], ['server', 5]].map(([role, box]) => { const outer = document.querySelector('.diagram.now .ring.' + role).getBoundingClientRect(), inner = document.querySelector(`.diagram.now [data-box=\"${box}\"]`).getBoundingClientRect(); return outer.left <= inner.left && outer.right >= inner.right && outer.top <= inner.top + 1 && outer.bottom >= inner.bottom - 1; })"));
        Assert.Contains("Packet 7: ACK seq 13 ack 2 len 0", await page.Ask("document.getElementById('now').textContent"), StringComparison.Ordinal);
    }

    [BrowserFact]
    public async Task Page_Keys_GoThroughCallsPacketsAndStates()
    {
        BrowserPage page = await browser.NewPage();
        await page.Show(PageOf("05-server-closes-first"), "#packet=7");
        await page.Press("ArrowRight");
        Assert.Equal("server juliet: FIN-WAIT-1 → FIN-WAIT-2", await page.Ask(Step));
        Assert.Equal("CLOSE-WAIT,FIN-WAIT-2", await page.Ask(Ends));
        Assert.Equal("7", await page.Ask(Row)); // the packet that led to it
        await page.Press("j");
        Assert.Equal("romeo> sock.recv(1024)", await page.Ask(Line));
        await page.Press("k");
        await page.Press("ArrowLeft");
        Assert.Equal("#packet=7", await page.Ask(Fragment));
        await page.Press("Home");
        Assert.Equal("romeo> import socket", await page.Ask(Line));
        Assert.Equal("CLOSED,CLOSED", await page.Ask(Ends));
        Assert.Equal("", await page.Ask(Article));
        await page.Press("End");
        Assert.Equal("CLOSED,TIME-WAIT", await page.Ask(Ends));
        Assert.Equal("9", await page.Ask(Article));
    }

    // Seed 001: the window is how much may be on its way. In 19a the fifth segment is lost: 8688 octets arrive in order, the rest waits behind the hole.
    [BrowserFact]
    public async Task Page_Windows_FollowTheCursor()
    {
        BrowserPage page = await browser.NewPage();
        await page.Show(PageOf("19a-fast-retransmit-sack"), "#packet=3");
        const string Numbers = "[...document.querySelectorAll('#flows-drawing .flow-numbers')].map(text => text.textContent)";
        Assert.Equal("SND.UNA 0 · arrived up to 0 · SND.NXT 1 · no window known yet,SND.UNA 0 · arrived up to 0 · SND.NXT 0 · no window known yet", await page.Ask(Numbers)); // the SYN is under way
        await page.Click("#packets tr[data-packet='6'] a");
        Assert.Equal("SND.UNA 1 · arrived up to 1 · SND.NXT 1449 · window up to 65161,SND.UNA 1 · arrived up to 1 · SND.NXT 1 · window up to 64257", await page.Ask(Numbers)); // 1 + 65160 of the SYN-ACK, 1 + 502 × 128
        await page.Click("#packets tr[data-packet='22'] a");
        Assert.StartsWith("SND.UNA 1 · arrived up to 8689 · SND.NXT 14481 · window up to 65161,", await page.Ask(Numbers), StringComparison.Ordinal);
        await page.Press("End");
        Assert.StartsWith("SND.UNA 51201 · arrived up to 51201 · SND.NXT 51201 · ", await page.Ask(Numbers), StringComparison.Ordinal);
        Assert.Empty(page.Complaints());
    }

    // Relative and real sequence numbers: one switch for all parts.
    [BrowserFact]
    public async Task Page_RealNumbers_StandInAllPartsAtOnce()
    {
        BrowserPage page = await browser.NewPage();
        await page.Show(PageOf("05-server-closes-first"), "#packet=2");
        const string Texts = "[document.querySelector('#ladder .d-packet-text.now text').textContent, document.querySelector('#packets tr.now code').textContent, document.querySelector('article.now h3').textContent, document.getElementById('now').textContent]";
        string counted = await page.Ask(Texts);
        Assert.Contains("2 SYN,ACK seq 0 ack 1", counted, StringComparison.Ordinal);
        string seq = (await page.Ask("[...document.querySelectorAll('article.now .tree *')].find(field => displayFilter.fieldIn(field)?.name === 'tcp.seq_raw').textContent")).Split(' ')[^1];
        string ack = (await page.Ask("[...document.querySelectorAll('article.now .tree *')].find(field => displayFilter.fieldIn(field)?.name === 'tcp.ack_raw').textContent")).Split(' ')[^1];
        await page.Press("r");
        string real = await page.Ask(Texts);
        Assert.Equal(3, real.Split($"SYN,ACK seq {seq} ack {ack} = {uint.Parse(ack, CultureInfo.InvariantCulture) - 1}+1").Length - 1);
        Assert.Equal("true", await page.Ask("document.getElementById('numbers').getAttribute('aria-pressed')"));
        await page.Click("#numbers");
        Assert.Equal(counted, await page.Ask(Texts));
    }

    [BrowserFact]
    public async Task Page_Clicks_MoveTheCursor()
    {
        BrowserPage page = await browser.NewPage();
        await page.Show(PageOf("05-server-closes-first"));
        await page.Click("#packets tr[data-packet='6'] code");
        Assert.Equal("6|FIN-WAIT-1", $"{await page.Ask(Arrow)}|{(await page.Ask(Ends)).Split(',')[1]}");
        await page.Click("#ladder .d-packet-text[data-packet='2'] text");
        Assert.Equal("2", await page.Ask(Article));
        await page.Mark("#transcript li.typed", "romeo> sock.connect(('10.10.2.100', 4000))");
        await page.Click("#wanted a");
        Assert.Equal("romeo> sock.connect(('10.10.2.100', 4000))|CLOSED,LISTEN", $"{await page.Ask(Line)}|{await page.Ask(Ends)}");
        Assert.Equal("", await page.Ask(Article)); // no packet has left yet
        await page.Click(".diagram.now .steps li[value='9'] a");
        Assert.Equal("LAST-ACK", (await page.Ask(Ends)).Split(',')[0]);
        Assert.Equal("romeo> sock.close()", await page.Ask(Line));
        await page.Click("#next");
        Assert.Equal("8", await page.Ask(Row));
        await page.Click(".diagram.now .d-way[data-m]");
        Assert.Contains("CLOSED → ", await page.Ask(Step), StringComparison.Ordinal);
    }

    [BrowserFact]
    public async Task Page_AddressChanged_GoesThere()
    {
        BrowserPage page = await browser.NewPage();
        await page.Show(PageOf("05-server-closes-first"));
        Assert.Equal("1", await page.Ask(Row));
        await page.Do("new Promise(done => { addEventListener('hashchange', () => setTimeout(done)); location.hash = '#packet=4'; })");
        Assert.Equal("4", await page.Ask(Row));
        Assert.Equal("romeo> sock.send(b\"Hello juliet\")", await page.Ask(Line));
    }

    [BrowserTheory]
    [InlineData("#packet=9", "packet=9")]
    [InlineData("#step=0.11", "step=0.11")]
    [InlineData("#line=186", "line=186")]
    [InlineData("#packet=77", "packet=1")]
    [InlineData("#</script>", "packet=1")]
    public async Task Page_OpenedAtAnAddress_StandsAtItsTop(string fragment, string expected)
    {
        BrowserPage page = await browser.NewPage();
        await page.Show(PageOf("05-server-closes-first"), fragment);
        Assert.Equal("0", await page.Ask("scrollY"));
        string name = expected.StartsWith("packet", StringComparison.Ordinal) ? "'packet=' + " + Row : $"document.querySelector('[data-name=\"{expected}\"]').ariaCurrent && '{expected}'";
        Assert.Equal(expected, await page.Ask(name));
    }

    // 19a's run has text in both halves of the ladder; all parts must agree at each of its moments.
    [BrowserTheory]
    [InlineData("05-server-closes-first")]
    [InlineData("state-closing")]
    [InlineData("19a-fast-retransmit-sack")]
    [InlineData("python-backlog")]
    public async Task Page_EachMoment_HasTheStatesOfItsSteps(string scenario)
    {
        BrowserPage page = await browser.NewPage();
        string address = await page.Show(PageOf(scenario));
        await page.Press("Home");
        int count = int.Parse(await page.Ask("document.getElementById('slider').max"), CultureInfo.InvariantCulture) + 1;
        int steps = 0, packets = 0;
        for (int i = 0; i < count; i++)
        {
            string fragment = await page.Ask(Fragment), ends = await page.Ask(Ends);
            if (fragment.StartsWith("#packet=", StringComparison.Ordinal))
            {
                packets++;
                Assert.Equal(fragment["#packet=".Length..], await page.Ask(Article));
                Assert.Equal(fragment["#packet=".Length..], await page.Ask(Arrow));
            }
            else if (fragment.StartsWith("#step=", StringComparison.Ordinal))
            {
                steps++;
                string step = await page.Ask(Step);
                Assert.Equal(step[(step.IndexOf('→', StringComparison.Ordinal) + 2)..], step.StartsWith("server", StringComparison.Ordinal) ? ends.Split(',')[^1] : ends.Split(',')[0]);
            }

            await page.Press("ArrowRight");
        }

        Assert.True(packets > 6 && steps > 4, $"{packets} packets, {steps} steps");
        Assert.Empty(page.Complaints());
        Assert.Empty(page.Requests(address));
    }

    [BrowserFact]
    public async Task Page_FieldChosen_MarksItsOctets()
    {
        BrowserPage page = await browser.NewPage();
        await page.Show(PageOf("05-server-closes-first"), "#packet=1");
        await page.Mark("article.now [data-p]", "Source port: 49216");
        await page.Click("#wanted");
        const string Marked = "[...document.querySelectorAll('article.now .octets .now')].map(o => o.textContent).join(' ')";
        Assert.Equal("c0 40 . @", await page.Ask(Marked)); // 49216, in hex and as text
        await page.Press("ArrowDown");
        Assert.Equal("0f a0 . .", await page.Ask(Marked)); // port 4000
        Assert.Equal("1", await page.Ask(Article)); // the cursor stays

        // And the other way round: an octet shows its field.
        await page.Click("article.now .octets [data-o='12']");
        Assert.Equal("Type: 0x0800 (IPv4)", await page.Ask("document.querySelector('article.now [data-p].now').textContent"));
    }

    [BrowserFact]
    public async Task Page_HostileText_IsShownAndNeverRun()
    {
        const string Attack = "</script><script>window.ran=1</script><img src=x onerror=window.ran=1><svg onload=window.ran=1>";
        string html = Played([
            "juliet> import socket", "juliet> s = socket.socket()", "juliet> s.bind(('10.10.2.100', 4000))", "juliet> s.listen()",
            "romeo> import socket", "romeo> c = socket.socket()", "romeo> c.connect(('10.10.2.100', 4000))",
            $"romeo> c.send(b\"{Attack}\")", $"# {Attack}", "juliet> a = s.accept()", "juliet> a[0].recv(1000)",
        ]).Page(Attack + "</title><script>window.ran=1</script>");
        BrowserPage page = await browser.NewPage();
        string address = await page.Show(html);
        await page.Press("End");
        Assert.Equal("undefined", await page.Ask("window.ran"));
        Assert.Equal("4", await page.Ask("document.scripts.length")); // its numbers, the fields, the windows, and its own
        Assert.Equal("0", await page.Ask("document.querySelectorAll('img, svg[onload]').length"));
        Assert.StartsWith(Attack, await page.Ask("document.title"), StringComparison.Ordinal);
        Assert.Contains(Attack, await page.Ask("document.querySelector('#transcript li.printed:last-of-type').textContent"), StringComparison.Ordinal);
        await page.Do("(async () => { location.hash = '#packet=4'; })()");
        Assert.Contains("</script><script", (await page.Ask("document.querySelector('article[data-packet=\"4\"] .octets').textContent.split('\\n').map(row => row.slice(56)).join('')")).Replace("  ", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Empty(page.Complaints());
        Assert.Empty(page.Requests(address));
    }

    [BrowserFact]
    public async Task Page_WithoutScripts_ShowsAllOfTheRun()
    {
        BrowserPage page = await browser.NewPage();
        await page.WithoutScripts();
        await page.Show(PageOf("05-server-closes-first"));
        Assert.Equal("1,2,3,4,5,6,7,8,9", await page.Ask(Article));
        Assert.Equal("none", await page.Ask("getComputedStyle(document.getElementById('controls')).display"));
        Assert.Equal("1", await page.Ask("Math.min(...[...document.querySelectorAll('[data-m]')].map(e => +getComputedStyle(e).opacity))"));
        Assert.Equal("0", await page.Ask("[...document.querySelectorAll('.pane')].filter(pane => pane.id !== 'flows' && pane.getBoundingClientRect().height < 60).length"));
        Assert.Equal("none", await page.Ask("getComputedStyle(document.getElementById('flows')).display")); // it is about the cursor
    }

    // Small screens scroll inside the panes, never the page sideways; text stands out from its ground (WCAG 1.4.3 asks for 4.5).
    [BrowserTheory]
    [InlineData(420, false)]
    [InlineData(420, true)]
    [InlineData(1400, false)]
    [InlineData(1400, true)]
    [InlineData(2200, true)]
    public async Task Page_OnAnyScreen_IsLegible(int width, bool isDark)
    {
        BrowserPage page = await browser.NewPage(width);
        await page.Like(isDark ? "dark" : "light");
        await page.Show(PageOf("10-syn-blocked"), "#packet=3");
        await page.Press("End");
        Assert.True(int.Parse(await page.Ask("document.scrollingElement.scrollWidth"), CultureInfo.InvariantCulture) <= width);
        const string Weakest = """
            (() => {
              const channel = c => c / 255 <= 0.03928 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4;
              const light = color => { const [r, g, b] = color.match(/[\d.]+/g).map(Number); return 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b); };
              const ground = e => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor; if (!/, 0\)$/.test(c)) return c; } return 'rgb(255, 255, 255)'; };
              const contrast = e => { const [a, b] = [light(getComputedStyle(e).color), light(ground(e))]; return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05); };
              const texts = [...document.querySelectorAll('h1,h2,h3,#now,#count,.about,button,.fate,td,th,em,[data-p],.octets,#transcript li,.steps b,.steps .time,figcaption span,footer p')].filter(e => e.offsetParent !== null);
              return texts.map(e => [contrast(e), e.className || e.tagName]).reduce((w, e) => e[0] < w[0] ? e : w);
            })()
            """;
        string weakest = await page.Ask(Weakest);
        Assert.True(double.Parse(weakest.Split(',')[0], CultureInfo.InvariantCulture) >= 4.5, weakest);
        Assert.Equal(isDark, double.Parse((await page.Ask("getComputedStyle(document.querySelector('.pane')).backgroundColor.match(/\\d+/)[0]")), CultureInfo.InvariantCulture) < 100);
    }
}
