using System.Text.Json;
using Dendrite.Errors;
using Dendrite.SchedulerService.Sync.Origins;

namespace Dendrite.SchedulerService.Tests.Sync;

/// <summary>The pure parts of origins.</summary>
public sealed class OriginPartTests
{
    [Theory]
    [InlineData(
        "https://example.org/items?since={since}&c={cursor}",
        "https://example.org/items?since=a%26b%3D1&c=%2F..%2F"
    )]
    [InlineData("https://example.org/{page}/x", "https://example.org/2/x")]
    [InlineData("https://example.org:8443/items", "https://example.org:8443/items")]
    public void What_is_filled_into_an_address_is_encoded(string template, string url)
    {
        var values = new Dictionary<string, string>
        {
            ["since"] = "a&b=1",
            ["cursor"] = "/../",
            ["page"] = "2",
        };
        Assert.Equal(url, UrlTemplate.Parse(template, "url").Fill(values).AbsoluteUri);
    }

    [Theory]
    [InlineData("")]
    [InlineData("items")]
    [InlineData("ftp://example.org/items")]
    [InlineData("file:///etc/passwd")]
    [InlineData("https://user:pass@example.org/")]
    [InlineData("https://token@example.org/")]
    [InlineData("https://@example.org/")]
    [InlineData("https://{cursor}/items")]
    [InlineData("https://{cursor}.example.org/items")]
    [InlineData("https://example.org{cursor}/items")]
    [InlineData("https://example.org:{page}/items")]
    [InlineData("{cursor}://example.org/items")]
    [InlineData("https://example.org/{user}")]
    [InlineData("https://example.org/{}")]
    [InlineData("https://example.org/{{since}}")]
    [InlineData("https://example.org/{since")]
    [InlineData("https://example.org/since}")]
    [InlineData("https://example.org/#part")]
    [InlineData("https://example.org\\@evil.example/")]
    [InlineData("https://example.org/a b")]
    [InlineData("https://example.org/\r\nHost: evil")]
    [InlineData("javascript:alert(1)")]
    public void An_address_that_could_lead_elsewhere_is_refused(string template)
    {
        var refusal = Assert.Throws<DendriteException>(() => UrlTemplate.Parse(template, "url"));
        Assert.Equal("url", Assert.Single(refusal.FieldViolations).Field);
    }

    [Theory]
    [InlineData("</p?page=2>; rel=\"next\"", "/p?page=2")]
    [InlineData("<a>; rel=prev, <b>; rel=next", "b")]
    [InlineData("<a>; rel=\"prev next\"", "a")]
    [InlineData("<a>; title=\"x, <b>; rel=next\"; rel=\"last\", <c>; REL=NEXT", "c")]
    [InlineData("<a,b>;rel=next", "a,b")]
    [InlineData("<a>; rel=last; rel=next", null)]
    [InlineData("<a>; title=\"rel=next\"", null)]
    [InlineData("<a; rel=next", null)]
    [InlineData("a>; rel=next", null)]
    [InlineData("<a>; rel", null)]
    [InlineData("<a>; rel=\"next", "a")]
    [InlineData("", null)]
    public void The_next_link_is_found_as_RFC_8288_has_it(string header, string? next) =>
        Assert.Equal(next, LinkHeader.FindNext([header]));

    [Theory]
    [InlineData("", "{\"foo\":[\"bar\",\"baz\"],\"\":0,\"a/b\":1,\"m~n\":8}")]
    [InlineData("/foo", "[\"bar\",\"baz\"]")]
    [InlineData("/foo/0", "\"bar\"")]
    [InlineData("/", "0")]
    [InlineData("/a~1b", "1")]
    [InlineData("/m~0n", "8")]
    [InlineData("/foo/2", null)]
    [InlineData("/foo/01", null)]
    [InlineData("/foo/-", null)]
    [InlineData("/nowhere/0", null)]
    public void A_pointer_finds_what_RFC_6901_says(string pointer, string? found)
    {
        const string Document = "{\"foo\":[\"bar\",\"baz\"],\"\":0,\"a/b\":1,\"m~n\":8}";
        var element = JsonPointer.Parse(pointer, "p").Find(JsonSerializer.Deserialize<JsonElement>(Document));
        Assert.Equal(found, element?.GetRawText());
    }

    [Theory]
    [InlineData("items")]
    [InlineData("/a~2b")]
    [InlineData("/a~")]
    public void What_is_no_pointer_is_refused(string pointer) =>
        Assert.Throws<DendriteException>(() => JsonPointer.Parse(pointer, "p"));

    [Theory]
    [InlineData("SELECT 1", false)]
    [InlineData("  -- why\n /* a /* nested */ one */ select * from t where x > $1;  ", true)]
    [InlineData("WITH a AS (SELECT 1) SELECT * FROM a", false)]
    [InlineData("(SELECT 1) UNION (SELECT 2)", false)]
    [InlineData("VALUES (1), (2)", false)]
    [InlineData("SELECT ';', \";\", $$;$$, $x$ ; $$ $x$, E'\\';' -- ; \n", false)]
    [InlineData("SELECT 'it''s ( $2'", false)]
    [InlineData("SELECT price$1 FROM t", false)]
    public void One_select_is_taken(string sql, bool hasParameter) =>
        Assert.Equal(hasParameter, SelectText.Parse(sql, "q").HasParameter);

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("DROP TABLE t")]
    [InlineData("INSERT INTO t SELECT 1")]
    [InlineData("COPY t TO PROGRAM 'rm'")]
    [InlineData("SET ROLE postgres")]
    [InlineData("EXPLAIN SELECT 1")]
    [InlineData("/* SELECT */ DELETE FROM t")]
    [InlineData("SELECT 1; DROP TABLE t")]
    [InlineData("SELECT 1;;")]
    [InlineData("SELECT 1) AS x; DROP TABLE t; --")]
    [InlineData("SELECT 1) AS source UNION (SELECT 2")]
    [InlineData("SELECT (1")]
    [InlineData("SELECT 'open")]
    [InlineData("SELECT \"open")]
    [InlineData("SELECT $$open")]
    [InlineData("SELECT /* open")]
    [InlineData("SELECT $2")]
    [InlineData("SELECT $10")]
    [InlineData("SELECT 1 \0")]
    public void What_is_no_select_or_leaves_its_place_is_refused(string sql)
    {
        var refusal = Assert.Throws<DendriteException>(() => SelectText.Parse(sql, "q"));
        Assert.Equal("q", Assert.Single(refusal.FieldViolations).Field);
    }

    [Theory]
    [InlineData("2026-01-02T00:00:00Z", "2026-01-01T23:59:59.9999999Z", true)]
    [InlineData("2026-01-02T01:00:00+02:00", "2026-01-01T23:30:00Z", false)]
    [InlineData("2026-01-02", "2026-01-01 23:59:59.123456+00", true)]
    [InlineData("10", "9", true)]
    [InlineData("9007199254740993", "9007199254740992", true)]
    [InlineData("b", "a", true)]
    [InlineData("10", "a", null)]
    [InlineData("2026-01-02", "5", null)]
    public void Changed_values_are_ordered_within_their_kind(string one, string other, bool? isAfter) =>
        Assert.Equal(isAfter, ChangedValue.Parse(one).IsAfter(ChangedValue.Parse(other)));

    [Fact]
    public void An_overlap_goes_back_from_a_time_and_from_nothing_else()
    {
        var hour = TimeSpan.FromHours(1);
        Assert.Equal("2026-01-01T23:00:00Z", ChangedValue.Parse("2026-01-02").Before(hour)!.Value.Text);
        Assert.Null(ChangedValue.Parse("17").Before(hour));
    }

    [Theory]
    [InlineData("a/../b")]
    [InlineData("..")]
    [InlineData("/etc")]
    [InlineData("a//b")]
    [InlineData("a/./b")]
    [InlineData("a\\..\\b")]
    [InlineData("~root")]
    [InlineData("C:x")]
    [InlineData("a\nb")]
    [InlineData("a/")]
    public void A_path_that_leaves_its_folder_is_refused(string path) =>
        Assert.Throws<DendriteException>(() => FolderPath.Check(path, "path"));

    [Fact]
    public void A_path_below_stays()
    {
        Assert.Equal("lab/2026", FolderPath.Check("lab/2026", "path"));
        Assert.Equal("", FolderPath.Check("", "path"));
        Assert.Throws<DendriteException>(() => FolderPath.CheckPattern("../*.csv", "pattern"));
    }
}
