#!/usr/bin/perl
# An AgentX sub-agent with the portCopyTable of SMON-MIB (RFC 2613) on a Linux machine:
# a row copies what passes one link to another by tc (mirred), for the links of the
# network namespace that it runs in. Arguments: the options of the agent ("noCreateAndGo",
# "fixedDirection", "acceptsDown") and the names of the ports.
use strict;
use warnings;
use NetSNMP::agent (':all');
use NetSNMP::ASN qw(ASN_OCTET_STR ASN_INTEGER ASN_COUNTER);
use NetSNMP::OID;

my %option = map { $_ => 1 } grep { /^(noCreateAndGo|fixedDirection|acceptsDown)$/ } @ARGV;
my @ports = grep { !$option{$_} } @ARGV;

my $smon = '1.3.6.1.2.1.16.22';
my $capabilities = '1.3.6.1.2.1.16.19.15';
my $caps = "$smon.1.1.1.1";
my $row = "$smon.1.3.1.1";
my $inconsistentName = 18;    # NetSNMP::agent has no name for it
my ($active, $notInService, $notReady, $go, $wait, $destroy) = (1 .. 6);

my %rows;       # "source.destination" => {dir, active}
my %before;     # %rows as they were before a SET
my $running = 1;
$SIG{TERM} = $SIG{INT} = sub { $running = 0 };

sub slurp {
    open(my $f, '<', $_[0]) or return '';
    my $text = <$f>;
    close($f);
    chomp($text //= '');
    return $text;
}

# The ports by their ifIndex, as they are now.
sub links {
    my %name;
    for my $port (@ports) {
        my $index = slurp("/sys/class/net/$port/ifindex");
        $name{$index} = $port if $index ne '';
    }
    return %name;
}

sub up {
    my ($port) = @_;
    return hex(slurp("/sys/class/net/$port/flags") || 0) & 1 && slurp("/sys/class/net/$port/operstate") eq 'up';
}

sub ready {
    my ($key, %name) = @_;
    for my $index (split /\./, $key) {
        return 0 unless defined $name{$index} && up($name{$index});
    }
    return 1;
}

sub status {
    my ($key, %name) = @_;
    return $notReady unless ready($key, %name);
    return $rows{$key}{active} ? $active : $notInService;
}

# Every object with its value, in the order of a walk.
sub objects {
    my %name = links();
    my @all = (["$capabilities.0", ASN_OCTET_STR, pack('C', 0x28)]);    # dataSource(2), portCopy(4)
    for my $index (keys %name) {
        my $source = "1.3.6.1.2.1.2.2.1.1.$index";
        push @all, ["$caps.2.$source", ASN_OCTET_STR, pack('C', 0)];
        push @all, ["$caps.3.$source", ASN_OCTET_STR, pack('C', 0xf9)];
        push @all, ["$caps.4.$source", ASN_INTEGER, $index];
    }
    for my $key (keys %rows) {
        my (undef, $dst) = split /\./, $key;
        my $dropped = defined $name{$dst} ? slurp("/sys/class/net/$name{$dst}/statistics/tx_dropped") : 0;
        push @all, ["$row.3.$key", ASN_COUNTER, $dropped || 0];
        push @all, ["$row.4.$key", ASN_INTEGER, $rows{$key}{dir}];
        push @all, ["$row.5.$key", ASN_INTEGER, status($key, %name)];
    }
    return map { $_->[1] } sort { walk_order($a->[0], $b->[0]) } map { [[split /\./, $_->[0]], $_] } @all;
}

sub walk_order {
    my ($one, $other) = @_;
    for my $i (0 .. $#$one) {
        return 1 if $i > $#$other;
        return $one->[$i] <=> $other->[$i] if $one->[$i] != $other->[$i];
    }
    return @$one <=> @$other;
}

# Puts the rows in force: all filters of all ports anew.
sub program {
    my %name = links();
    for my $port (@ports) {
        system("tc qdisc del dev $port clsact 2>/dev/null");
        my ($index) = grep { $name{$_} eq $port } keys %name;
        next unless defined $index;
        my %actions;
        for my $key (sort keys %rows) {
            my ($src, $dst) = split /\./, $key;
            next unless $src eq $index && $rows{$key}{active} && defined $name{$dst};
            push @{ $actions{ingress} }, "action mirred egress mirror dev $name{$dst}" if $rows{$key}{dir} & 1;
            push @{ $actions{egress} },  "action mirred egress mirror dev $name{$dst}" if $rows{$key}{dir} & 2;
        }
        next unless %actions;
        system("tc qdisc add dev $port clsact") == 0 or return 0;
        for my $hook (keys %actions) {
            my $filter = "tc filter add dev $port $hook protocol all pref 1";
            my $actions = join ' pipe ', @{ $actions{$hook} };
            # Kernels without matchall have u32, which matches all as well.
            system("$filter matchall $actions 2>/dev/null") == 0
                or system("$filter u32 match u32 0 0 $actions") == 0
                or return 0;
        }
    }
    return 1;
}

# What is wrong with one value, and where it belongs: (error, key, column).
sub place {
    my ($oid, $value) = @_;
    my $name = join '.', $oid->to_array();
    return SNMP_ERR_NOTWRITABLE unless $name =~ /^\Q$row\E\.([45])\.(.*)$/;
    my ($column, $key) = ($1, $2);
    return SNMP_ERR_WRONGTYPE  unless defined $value && $value =~ /^-?\d+$/;
    return SNMP_ERR_WRONGVALUE unless $value >= 1 && $value <= ($column == 4 ? 3 : 6);
    return SNMP_ERR_NOCREATION unless $key =~ /^\d+\.\d+$/;
    return (SNMP_ERR_NOERROR, $key, $column);
}

# What is wrong with all that is wanted of one row; else it is in %rows.
sub grant {
    my ($key, $dir, $want) = @_;
    my %name = links();
    my ($src, $dst) = split /\./, $key;
    my $known = exists $rows{$key};
    if (defined $want && $want == $destroy) {
        delete $rows{$key};
        return SNMP_ERR_NOERROR;
    }
    if (!$known) {
        return $inconsistentName unless defined $want;
        return SNMP_ERR_INCONSISTENTVALUE unless $want == $go || $want == $wait;
        return SNMP_ERR_NOCREATION unless defined $name{$src} && defined $name{$dst};
        return SNMP_ERR_INCONSISTENTVALUE if $src eq $dst || grep { my ($s, $d) = split /\./; $s eq $dst || $d eq $src } keys %rows;
        return SNMP_ERR_INCONSISTENTVALUE if $want == $go && $option{noCreateAndGo};
        return SNMP_ERR_INCONSISTENTVALUE if $want == $go && !ready($key, %name) && !$option{acceptsDown};
        $rows{$key} = { dir => $dir // 3, active => $want == $go ? 1 : 0 };
        return SNMP_ERR_NOERROR;
    }
    if (defined $dir) {
        return SNMP_ERR_INCONSISTENTVALUE if $option{fixedDirection} && $rows{$key}{active} && $rows{$key}{dir} != $dir;
        $rows{$key} = { %{ $rows{$key} }, dir => $dir };
    }
    return SNMP_ERR_NOERROR unless defined $want;
    return SNMP_ERR_WRONGVALUE if $want == $notReady;
    return SNMP_ERR_INCONSISTENTVALUE if $want == $go || $want == $wait;
    my $complete = ready($key, %name) || $option{acceptsDown};
    return SNMP_ERR_INCONSISTENTVALUE unless $complete;
    $rows{$key} = { %{ $rows{$key} }, active => $want == $active ? 1 : 0 };
    return SNMP_ERR_NOERROR;
}

# The first step of a SET: all of it is found right and put into %rows, or nothing.
sub reserve {
    my ($info, $requests) = @_;
    %before = %rows;
    my (%wish, @order);
    for (my $r = $requests; $r; $r = $r->next()) {
        my ($error, $key, $column) = place($r->getOID(), $r->getValue());
        if ($error == SNMP_ERR_NOERROR) {
            push @order, $key unless $wish{$key};
            $error = SNMP_ERR_INCONSISTENTVALUE if exists $wish{$key}{$column};    # two values for one instance
        }
        if ($error != SNMP_ERR_NOERROR) {
            $r->setError($info, $error);
            return;
        }
        $wish{$key}{$column} = $r->getValue();
        $wish{$key}{at} = $r;
    }
    for my $key (@order) {
        my $error = grant($key, $wish{$key}{4}, $wish{$key}{5});
        if ($error != SNMP_ERR_NOERROR) {
            %rows = %before;
            $wish{$key}{at}->setError($info, $error);
            return;
        }
    }
}

sub handler {
    my (undef, undef, $info, $requests) = @_;
    my $mode = $info->getMode();
    if ($mode == MODE_SET_RESERVE1) {
        reserve($info, $requests);
    } elsif ($mode == MODE_SET_ACTION) {
        $requests->setError($info, SNMP_ERR_COMMITFAILED) unless program();
    } elsif ($mode == MODE_SET_UNDO) {
        %rows = %before;
        program();
    } elsif ($mode == MODE_SET_FREE) {
        %rows = %before;
    } elsif ($mode == MODE_GET || $mode == MODE_GETNEXT) {
        my @all = objects();
        for (my $r = $requests; $r; $r = $r->next()) {
            my @asked = $r->getOID()->to_array();
            for my $o (@all) {
                my $order = walk_order([split /\./, $o->[0]], \@asked);
                next if $order < 0 || $order == 0 && $mode == MODE_GETNEXT;
                last if $order > 0 && $mode == MODE_GET;
                $r->setOID(NetSNMP::OID->new('.' . $o->[0])) if $mode == MODE_GETNEXT;
                $r->setValue($o->[1], $o->[2]);
                last;
            }
        }
    }
}

my $agent = NetSNMP::agent->new(Name => 'smon', AgentX => 1) or die "no agent\n";
$agent->register('smonCapabilities', ".$capabilities", \&handler) or die "smonCapabilities is not taken\n";
$agent->register('smon', ".$smon", \&handler) or die "smon is not taken\n";
$| = 1;
print "ready\n";
$agent->agent_check_and_process(1) while $running;
%rows = ();
program();
$agent->shutdown();
