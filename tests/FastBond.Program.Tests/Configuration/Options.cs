using FastBond.Configuration;
using FastBond.Linux;

namespace FastBond.Program.Tests.Configuration;

/// <summary>All options of a bond of which some were said, as an engine would show them.</summary>
internal sealed class Options(string words)
{
    public IReadOnlyList<OptionSetting> All { get; } =
    [
        .. OptionTrial.ResultOf(new BondConfiguration("bond0", new Place("test", 0))
        {
            Options = [.. words.Split(' ').Select(word => new Setting(word.Split('=')[0], word.Split('=')[1], new Place("test", 0)))],
        }).Options.Select(option => new OptionSetting(option.Name, option.Value)),
    ];
}
