using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using FastBond.Simulation.Mutations;

namespace FastBond.Simulation.PeerCases;

/// <summary>
/// Every case of peer-cases.md that concerns modes 0 to 3 has a test: one here that bears its number, one elsewhere that is named below,
/// or a reason why not.
/// </summary>
public partial class PeerCaseListTests
{
    /// <summary>The numbers that are given; gaps are intended.</summary>
    private static readonly IEnumerable<int> Given = [.. Enumerable.Range(1, 60), .. Enumerable.Range(99, 27), .. Enumerable.Range(132, 47)];

    /// <summary>Cases, the file below tests/ and the test in it.</summary>
    private static readonly (int[] Cases, string File, string Test)[] Elsewhere =
    [
        ([1, 2], "FastBond.Lab.Tests/BadInputTests.cs", "Every_refused_request_is_one_line_and_changes_nothing"),
        ([42, 156], "FastBond.Simulation/Fuzz/NetworkHistoryTests.cs", "Whatever_happens_to_a_network_the_invariants_hold"),
        ([53], "FastBond.Simulation/PeerCases/PeerBench.cs", "Dispose"),
        ([56], "FastBond.Program.Tests/Reload/ReloadTests.cs", "BondsComeAndGoAndOthersAreLeftAlone"),
        ([103], "FastBond.Lab.Tests/Native/XskTests.cs", "Attach_answers_why_not"),
        ([106, 111], "FastBond.Lab.Tests/Native/XskTests.cs", "Frames_come_in_and_go_out_through_the_rings"),
        ([107], "FastBond.Dataplane.Tests/Cores/PollCoreTests.cs", "A_command_and_a_frame_wake_a_sleeping_core"),
        ([108, 177], "FastBond.Dataplane.Tests/Cores/PollCoreTests.cs", "A_core_with_frames_in_flight_looks_again_soon"),
        ([109, 121], "FastBond.Lab.Tests/Native/XskTests.cs", "Program_is_attached_in_the_mode_asked_for_and_gone_when_closed"),
        ([110, 152, 178], "FastBond.Lab.Tests/Traffic/QueueTests.cs", "Every_queue_is_served_and_the_order_of_each_flow_kept_both_ways"),
        ([112], "FastBond.Dataplane.Tests/Frames/FramePoolTests.cs", "Frames_are_taken_past_the_headroom_each_once"),
        ([114], "FastBond.Dataplane.Tests/Cores/TransmitTests.cs", "Bad_lengths_never_reach_a_ring"),
        ([116], "FastBond.Dataplane.Tests/Ports/MemoryPortTests.cs", "An_empty_pool_posts_what_there_is"),
        ([117], "FastBond.Dataplane.Tests/Frames/FramePoolTests.cs", "An_address_outside_the_memory_touches_nothing"),
        ([123], "FastBond.Dataplane.Tests/Frames/FramePoolTests.cs", "Memory_that_cannot_be_cut_into_frames_is_refused"),
        ([124], "FastBond.Lab.Tests/Native/XskTests.cs", "A_program_held_by_a_living_process_is_EBUSY"),
        ([125], "FastBond.Lab.Tests/Native/XskTests.cs", "Own_stack_gets_lldp_always_and_other_link_local_frames_only_while_inactive"),
        ([143], "FastBond.Program.Tests/Reload/ReloadTests.cs", "AReloadOfTheSameAsksNothingOfTheEngine"),
        ([145], "FastBond.Dataplane.Tests/Cores/ReceiveTests.cs", "Frames_circulate"),
        ([146], "FastBond.Dataplane.Tests/Frames/FramePoolTests.cs", "An_address_anywhere_in_the_chunk_frees_the_frame"),
        ([147], "FastBond.Dataplane.Tests/Ports/MemoryPortTests.cs", "The_device_is_kicked_only_when_it_asks_and_has_something_to_do"),
        ([148], "FastBond.Lab.Tests/Traffic/OffloadTests.cs", "A_plain_host_gets_whole_frames_with_their_checksums"),
        ([149], "FastBond.Lab.Tests/Traffic/HostStackTests.cs", "Tagged_frames_pass_through_a_bridge_and_a_bond_with_their_tags"),
        ([151], "FastBond.Lab.Tests/LifeTests.cs", "A_killed_daemon_leaves_the_bond_and_the_next_takes_it_over"),
        ([157], "FastBond.Simulation/Fuzz/NetworkHistoryTests.cs", "Same_seed_gives_the_same_history_to_the_bit"),
        ([158], "FastBond.Core.Tests/Hashing/TransmitHashBurstTests.cs", "class TransmitHashBurstTests"),
        ([160], "FastBond.Core.Tests/Hashing/TransmitHashGoldenTests.cs", "class TransmitHashGoldenTests"),
        ([161], "FastBond.Dataplane.Tests/Rings/SpscQueueTests.cs", "Two_threads_pass_every_item_once_and_in_order"),
        ([163], "FastBond.Lab.Tests/Native/LoaderTests.cs", "The_library_beside_the_program_has_the_structures_we_know"),
        ([164], "FastBond.Dataplane.Tests/Cores/AllocationTests.cs", "A_million_bursts_allocate_nothing"),
        ([168], "FastBond.Core.Tests/Status/ProcTextTests.cs", "TellsWhatTheKernelTells"),
        ([169], "FastBond.Lab.Tests/Scenarios/ModeTests.cs", "K1_S22_broadcast_sends_on_every_slave_that_is_up_and_counts_add_up"),
        ([171], "FastBond.Lab.Tests/Scenarios/MacTests.cs", "S18_S20_S21_the_first_slave_gives_its_mac_and_each_gets_its_own_back"),
        ([172], "FastBond.Lab.Tests/Traffic/HostStackTests.cs", "Ping6_macvlan_and_bridge_on_the_bond"),
    ];

    private static readonly (int[] Cases, string Reason)[] LeftOut =
    [
        ([35, 36, 37, 38], "balance-tlb and balance-alb"),
        ([.. Enumerable.Range(43, 9), 59, 60, .. Enumerable.Range(132, 8), 141, 154, 155, 159, 176], "802.3ad"),
        ([140], "802.3ad: what a restart must remember is LACP's state; that bond0 survives one is LifeTests'"),
        ([52], "receive hashing of NICs is configured by ethtool, not by a bond"),
        ([105], "the host interface has the features of a TAP, the slaves' are off: there is nothing to intersect"),
        ([113, 115], "the kernel's own counters, shown under xdp_statistics; the lab cannot make them rise on purpose"),
        ([118], "chunks are aligned powers of two; unaligned memory is not used"),
        ([119, 120], "features of other XDP programs"),
        ([122], "sockets are opened by the process that uses them"),
        ([162, 174], "no such machine at hand: ARM64, a box of its own for measuring"),
        ([166], "netem is not in every kernel; the simulator's cables lose, delay, duplicate and reorder"),
    ];

    [Fact]
    public void Every_case_has_a_test_or_a_reason()
    {
        IEnumerable<int> here = typeof(PeerCaseListTests).Assembly.GetTypes()
            .SelectMany(static type => type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly))
            .SelectMany(static method => Numbers(method.Name));
        IEnumerable<int> accounted = [.. here.Distinct(), .. Elsewhere.SelectMany(static one => one.Cases), .. LeftOut.SelectMany(static one => one.Cases)];
        Assert.Empty(Given.Except(accounted));
        Assert.Equal(Given, accounted.Order());
    }

    [Fact]
    public void Tests_named_are_there() => Assert.All(Elsewhere, static one =>
        Assert.Contains(one.Test, File.ReadAllText(Path.Combine(MutationRunner.RepositoryRoot(), "tests", one.File)), StringComparison.Ordinal));

    /// <summary>The numbers in a name like Case_5_… , Cases_4_6_8_… or Cases_29_to_32_….</summary>
    private static IEnumerable<int> Numbers(string name)
    {
        int[] numbers = [.. CaseName().Match(name).Groups["number"].Captures.Select(static n => int.Parse(n.ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture))];
        return name.Contains("_to_", StringComparison.Ordinal) && numbers.Length == 2
            ? Enumerable.Range(numbers[0], numbers[1] - numbers[0] + 1)
            : numbers;
    }

    [GeneratedRegex("^Cases?(_(to_)?(?<number>[0-9]+))+_", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex CaseName();
}
