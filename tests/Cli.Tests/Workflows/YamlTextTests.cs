using Dendrite.Cli.Workflows;
using YamlDotNet.Core;

namespace Dendrite.Cli.Tests.Workflows;

/// <summary>YAML becomes the JSON that it stands for, and nothing that grows without end.</summary>
public sealed class YamlTextTests
{
    [Theory]
    [InlineData("a: 1", """{"a":1}""")]
    [InlineData("a: -7", """{"a":-7}""")]
    [InlineData("a: '1'", """{"a":"1"}""")]
    [InlineData("a: \"true\"", """{"a":"true"}""")]
    [InlineData("a: true\nb: false", """{"a":true,"b":false}""")]
    [InlineData("a:\nb: ~\nc: null", """{"a":null,"b":null,"c":null}""")]
    [InlineData("a: 60s", """{"a":"60s"}""")]
    [InlineData("a: {}\nb: []", """{"a":{},"b":[]}""")]
    [InlineData("- x: { y: [1, two] }\n- z", """[{"x":{"y":[1,"two"]}},"z"]""")]
    [InlineData("a: |\n  two\n  lines\n", """{"a":"two\nlines\n"}""")]
    [InlineData("# nothing but\na: b # a comment", """{"a":"b"}""")]
    [InlineData("a: &x {b: 1}\nc: *x", """{"a":{"b":1},"c":{"b":1}}""")]
    [InlineData("""{"a": [1, "b"]}""", """{"a":[1,"b"]}""")]
    public void A_document_is_the_JSON_that_it_stands_for(string yaml, string json) =>
        Assert.Equal(json, YamlText.ToJson(yaml));

    [Theory]
    [InlineData("")]
    [InlineData("a: [")]
    [InlineData("a: 1\na: 2")]
    [InlineData("? [a]\n: b")]
    [InlineData("a: 1\n---\nb: 2")]
    [InlineData("a: &x [*x]")]
    public void What_is_none_is_refused(string yaml) => Assert.ThrowsAny<YamlException>(() => YamlText.ToJson(yaml));

    [Fact]
    public void Aliases_that_multiply_are_refused_before_they_fill_the_memory()
    {
        var lines = Enumerable
            .Range(1, 20)
            .Select(i => $"l{i}: &l{i} [{string.Join(", ", Enumerable.Repeat($"*l{i - 1}", 10))}]");
        Assert.Throws<YamlException>(() => YamlText.ToJson($"l0: &l0 [x]\n{string.Join('\n', lines)}"));
    }

    [Fact]
    public void What_is_nested_too_deep_is_refused() =>
        Assert.Throws<YamlException>(() => YamlText.ToJson(new string('[', 60) + new string(']', 60)));
}
