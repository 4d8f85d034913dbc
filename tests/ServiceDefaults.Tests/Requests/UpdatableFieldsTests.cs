using Dendrite.Errors;
using Dendrite.ServiceDefaults.Requests;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.ServiceDefaults.Tests.Requests;

public sealed class UpdatableFieldsTests
{
    private static readonly UpdatableFields<Tag, Change> Fields = new()
    {
        {
            "description",
            tag => tag.Description.Length > 0,
            (change, tag) => change with { Description = tag.Description }
        },
        { "labels", tag => tag.Labels.Count > 0, (change, tag) => change with { LabelCount = tag.Labels.Count } },
    };

    [Fact]
    public void Without_a_mask_what_is_set_is_changed_and_the_rest_stays()
    {
        var before = new Change("before", 7);

        Assert.Equal(new("after", 7), Fields.Read(before, new Tag { Description = "after" }, mask: null));
        Assert.Equal(before, Fields.Read(before, new Tag(), mask: null));
    }

    [Fact]
    public void A_mask_changes_what_it_names_also_to_nothing()
    {
        var tag = new Tag { Description = "not named" };

        Assert.Equal(new("before", 0), Fields.Read(new("before", 7), tag, MaskOf("labels")));
        Assert.Equal(new("before", 7), Fields.Read(new("before", 7), tag, MaskOf()));
    }

    [Fact]
    public void A_path_that_a_mask_repeats_is_read_once()
    {
        var read = 0;
        var fields = new UpdatableFields<Tag, Change>
        {
            { "description", _ => true, (change, _) => change with { LabelCount = ++read } },
            { "labels", _ => true, (change, _) => change },
        };
        var mask = MaskOf([.. Enumerable.Repeat("description", 1_000), "labels", "description"]);

        Assert.Equal(1, fields.Read(new("", 0), new Tag(), mask).LabelCount);
        Assert.Equal(["description", "labels"], fields.Paths(new Tag(), mask));
    }

    [Fact]
    public void Of_a_new_thing_every_field_is_read() =>
        Assert.Equal(new("", 0), Fields.ReadAll(new("unset", 7), new Tag()));

    [Fact]
    public void A_path_that_is_none_is_refused_with_those_that_are()
    {
        var error = Assert.Throws<DendriteException>(() => Fields.Read(new("", 0), new Tag(), MaskOf("name")));

        Assert.Equal(ErrorReason.InvalidUpdateMask, error.Reason);
        Assert.Contains("'name' cannot be updated; these can: description, labels", error.Message);
    }

    [Fact]
    public void A_path_that_is_there_twice_is_a_defect() =>
        Assert.Throws<ArgumentException>(() =>
            new UpdatableFields<Tag, Change>
            {
                { "labels", _ => true, (change, _) => change },
                { "labels", _ => true, (change, _) => change },
            }
        );

    private static FieldMask MaskOf(params string[] paths) => new() { Paths = { paths } };

    private sealed record Change(string Description, int LabelCount);
}
